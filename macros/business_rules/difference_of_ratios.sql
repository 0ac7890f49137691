{#-
    What one ratio exceeds another by, and as a share of that: rounded once, and not of rounded ratios.

    difference_of_ratios - value / count - other_value / other_count.
    change_of_ratios - that, divided by other_value / other_count.
    Arguments: value, count, other_value, other_count - numeric expressions; their products exact up to numeric(28,6).
    Result: numeric(28,6); null where there is nothing to divide by.
    Example: 11 / 7 and 7 / 14 -> 1.071429, and 2.142857
-#}
{%- macro difference_of_ratios(value, count, other_value, other_count) -%}
    {{ safe_divide(
        excess_of_products(value, count, other_value, other_count),
        'cast(' ~ count ~ ' as bigint) * ' ~ other_count
    ) }}
{%- endmacro -%}

{%- macro change_of_ratios(value, count, other_value, other_count) -%}
    case
        when {{ other_count }} <> 0
            then {{ safe_divide(
                excess_of_products(value, count, other_value, other_count),
                'cast(' ~ other_value ~ ' as numeric(28, 6)) * ' ~ count
            ) }}
    end
{%- endmacro -%}

{#- A decimal of 18 digits times a number of days stays one of 18 digits on DuckDB, and may not fit. -#}
{%- macro excess_of_products(value, count, other_value, other_count) -%}
    cast({{ value }} as numeric(28, 6)) * {{ other_count }} - cast({{ other_value }} as numeric(28, 6)) * {{ count }}
{%- endmacro -%}
