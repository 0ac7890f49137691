{#-
    Whether all days of a month are known: its last day is not after the as-of date and its first not
    before the first receipt.

    Arguments: month_start - a first of a month; as_of_date, first_receipt_date - date expressions.
    Result: boolean, never null (false without any receipt).
    Example: 2025-10-01 with as-of 2025-10-31 and receipts since 2023 -> true; as-of 2025-10-30 -> false
-#}
{%- macro is_complete_month(month_start, as_of_date, first_receipt_date) -%}
    coalesce(
        {{ last_day_of_month(month_start) }} <= {{ as_of_date }} and {{ month_start }} >= {{ first_receipt_date }}, false
    )
{%- endmacro -%}
