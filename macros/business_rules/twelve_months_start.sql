{#-
    First day of the twelve months that end with a date: the day after the same day a year before. On a
    month-end these are 12 whole months.

    Arguments: date - a date expression.
    Result: date; null stays null.
    Example: 2025-11-02 -> 2024-11-03; 2025-02-28 -> 2024-03-01
-#}
{%- macro twelve_months_start(date) -%}
    {#- Of the two orders of counting the later date: 29 February has no counterpart in most years. #}
    greatest(
        cast({{ dbt.dateadd('month', -12, date_add_days(date, 1)) }} as date),
        {{ date_add_days(dbt.dateadd('month', -12, date), 1) }}
    )
{%- endmacro -%}
