{#-
    Whether a line or payment without receipt is of a version after the as-of date: no fact yet. One that is
    dated up to it waits for a receipt that should be there, and is kept as an orphan.

    Arguments: receive_main_id - of the receipt that was found, null where none was; receipt_updated_at - a
    timestamp expression, of the line or payment; as_of_date - a date expression.
    Result: boolean, never null.
    Example: {{ is_later_orphan('null', "timestamp '2025-11-03 00:10:00'", "date '2025-11-02'") }} -> true
-#}
{%- macro is_later_orphan(receive_main_id, receipt_updated_at, as_of_date) -%}
    coalesce({{ receive_main_id }} is null and cast({{ receipt_updated_at }} as date) > {{ as_of_date }}, false)
{%- endmacro -%}
