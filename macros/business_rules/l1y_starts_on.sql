{#-
    First day of L1Y: the 365 days up to and including the as-of date.

    Arguments: as_of_date - a date expression.
    Result: date; null stays null.
    Example: 2025-08-31 -> 2024-09-01; 2024-12-31 -> 2024-01-02 (a leap year)
-#}
{%- macro l1y_starts_on(as_of_date) -%}
    {{ date_add_days(as_of_date, -364) }}
{%- endmacro -%}
