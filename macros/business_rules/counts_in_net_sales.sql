{#-
    Whether a receipt's sales count: completed, and return (with its negative sales); void never.

    Arguments: receipt_status - a clean receipt status.
    Result: boolean, never null.
    Example: {{ counts_in_net_sales("'return'") }} -> true
-#}
{%- macro counts_in_net_sales(receipt_status) -%}
    coalesce({{ receipt_status }} in ('completed', 'return'), false)
{%- endmacro -%}
