{#-
    Whether the member's registration is full, whatever the case and padding of the raw word.

    Arguments: registration_status - a text expression.
    Result: boolean, never null.
    Example: {{ is_full_registered("' FULL '") }} -> true
-#}
{%- macro is_full_registered(registration_status) -%}
    coalesce({{ clean_word(registration_status) }} = 'full', false)
{%- endmacro -%}
