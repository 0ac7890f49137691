{#-
    The normalised e-mail address when it is valid, else null.

    Arguments: raw_email - a text expression.
    Result: text or null.
    Example: ' Sri@Example.COM ' -> 'sri@example.com'; 'sri@' -> null
-#}
{%- macro valid_email_or_null(raw_email) -%}
    case when {{ is_valid_email(normalise_email(raw_email)) }} then {{ normalise_email(raw_email) }} end
{%- endmacro -%}
