{#-
    Last day of the last whole month up to a date, itself included; L12M of an as-of date ends on it.

    Arguments: date - a date expression.
    Result: date; null stays null.
    Example: 2025-08-31 -> 2025-08-31; 2025-09-15 -> 2025-08-31
-#}
{%- macro last_month_end(date) -%}
    {{ date_add_days(first_day_of_month(date_add_days(date, 1)), -1) }}
{%- endmacro -%}
