{#-
    The status of a request: that of its row, until it is delivered. A delivered request is read from what
    was delivered, so its row is neither checked nor built any more.

    Arguments: status - the status in the seed; delivered_id - the request's id among the delivered ones,
        null when it was not delivered.
    Result: text; null when the seed says none.
    Example: {{ request_status("'approved'", "'R2025-001'") }} -> 'delivered'
-#}
{%- macro request_status(status, delivered_id) -%}
    case when {{ delivered_id }} is null then {{ status }} else 'delivered' end
{%- endmacro -%}
