{#-
    Every ratio of the project: exact decimal, null where there is nothing to divide by; never inf, never
    nan, no double on the way.

    Arguments: numerator, denominator - numeric expressions, exact up to numeric(28,6);
        scale - digits after the point, 0 to 6.
    Result: numeric(28, scale), rounded half away from zero; null when the denominator is 0 or null, or
        the numerator is null.
    Example: {{ safe_divide('net_sales', 'transaction_count') }}: 100000.00 / 3 -> 33333.333333; / 0 -> null
-#}
{%- macro safe_divide(numerator, denominator, scale=6) -%}
    {{ exact_divide(numerator, denominator, scale) }}
{%- endmacro -%}
