{#-
    How a member took the e-mails of the 90 days to the as-of date: opener (a human open, or a click),
    non_opener (delivered, or opened by a machine alone), unknown (nothing delivered).

    Arguments: has_human_open_or_click, has_delivered - boolean expressions; null is no.
    Result: text, never null.
    Example: {{ email_engagement('false', 'true') }} -> 'non_opener'
-#}
{%- macro email_engagement(has_human_open_or_click, has_delivered) -%}
    case
        when {{ has_human_open_or_click }} then 'opener'
        when {{ has_delivered }} then 'non_opener'
        else 'unknown'
    end
{%- endmacro -%}
