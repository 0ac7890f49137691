{#-
    Whether a receipt is a transaction: completed. Returns and voids are not counted.

    Arguments: receipt_status - a clean receipt status.
    Result: boolean, never null.
    Example: {{ is_transaction("'return'") }} -> false
-#}
{%- macro is_transaction(receipt_status) -%}
    coalesce({{ receipt_status }} = 'completed', false)
{%- endmacro -%}
