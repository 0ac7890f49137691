{#-
    Last day of L12M: of the as-of month when the as-of date is its last day, else of the month before.

    Arguments: as_of_date - a date expression.
    Result: date; null stays null.
    Example: 2025-08-31 -> 2025-08-31; 2025-09-15 -> 2025-08-31
-#}
{%- macro l12m_ends_on(as_of_date) -%}
    {{ date_add_days(first_day_of_month(date_add_days(as_of_date, 1)), -1) }}
{%- endmacro -%}
