{#-
    First day of L12M: the 12 whole calendar months that end on last_month_end.

    Arguments: as_of_date - a date expression.
    Result: date, always the first of a month; null stays null.
    Example: 2025-08-31 -> 2024-09-01; 2025-09-15 -> 2024-09-01
-#}
{%- macro l12m_starts_on(as_of_date) -%}
    {{ add_months(date_add_days(as_of_date, 1), -12) }}
{%- endmacro -%}
