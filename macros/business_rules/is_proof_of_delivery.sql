{#-
    Whether a message event shows that the message arrived: an open or a click, also a machine's, proves a
    delivery whose own event was lost.

    Arguments: event_type - a clean event type.
    Result: boolean, never null.
    Example: {{ is_proof_of_delivery("'opened'") }} -> true
-#}
{%- macro is_proof_of_delivery(event_type) -%}
    coalesce({{ event_type }} in ('delivered', 'opened', 'clicked'), false)
{%- endmacro -%}
