{#-
    The two ratios of Koin In-Out: in_out_ratio = b / a, net_ratio = (b - a) / (b + a).

    Arguments: a - koin issued here and redeemed elsewhere; b - issued elsewhere and redeemed here.
    Result: the two columns for a select list, numeric(28,6), without a comma at the end; null where the
        denominator is 0.
    Example: a 200, b 300 -> in_out_ratio 1.500000, net_ratio 0.200000
-#}
{%- macro koin_in_out_ratios(a='a_issued_here_redeemed_elsewhere', b='b_issued_elsewhere_redeemed_here') -%}
    {{ safe_divide(b, a) }} as in_out_ratio,
    {{ safe_divide(b ~ ' - ' ~ a, b ~ ' + ' ~ a) }} as net_ratio
{%- endmacro -%}
