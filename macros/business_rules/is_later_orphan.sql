{#-
    Whether a line or payment without receipt is of a version after the as-of date that a run was given: no fact
    yet. Any other waits for a receipt that should be there, and is kept as an orphan; so is every one in a run that
    knows all that is loaded.

    Arguments: receive_main_id - of the receipt that was found, null where none was; receipt_updated_at - a
    timestamp expression, of the line or payment; as_of_date - a date expression.
    Result: boolean, never null.
    Example: with the variable as_of_date of 2025-11-02, one of 2025-11-03 00:10:00 -> true; without -> false
-#}
{%- macro is_later_orphan(receive_main_id, receipt_updated_at, as_of_date) -%}
    {%- if var('as_of_date') -%}
        coalesce({{ receive_main_id }} is null and cast({{ receipt_updated_at }} as date) > {{ as_of_date }}, false)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro -%}
