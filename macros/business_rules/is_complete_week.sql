{#-
    Whether all seven days of a week are known: its Sunday is not after the as-of date and its Monday not
    before the first receipt.

    Arguments: week_start - a Monday; as_of_date, first_receipt_date - date expressions.
    Result: boolean, never null (false without any receipt).
    Example: week 2025-10-27 with as-of 2025-11-02 and receipts since 2023 -> true; as-of 2025-11-01 -> false
-#}
{%- macro is_complete_week(week_start, as_of_date, first_receipt_date) -%}
    coalesce(
        {{ date_add_days(week_start, 6) }} <= {{ as_of_date }} and {{ week_start }} >= {{ first_receipt_date }}, false
    )
{%- endmacro -%}
