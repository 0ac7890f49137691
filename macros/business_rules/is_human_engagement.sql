{#-
    Whether a message event shows that a person looked: a click, or an open that the platform does not
    mark as a machine's.

    Arguments: event_type - a clean event type; is_machine_open - boolean, null = not marked.
    Result: boolean, never null.
    Example: {{ is_human_engagement("'opened'", 'true') }} -> false
-#}
{%- macro is_human_engagement(event_type, is_machine_open) -%}
    coalesce(
        {{ event_type }} = 'clicked' or ({{ event_type }} = 'opened' and not coalesce({{ is_machine_open }}, false)), false
    )
{%- endmacro -%}
