{#-
    E-mail address to compare and to send to: trimmed, lower case. Whether it is one says is_valid_email.

    Arguments: raw_email - a text expression.
    Result: text or null, never ''.
    Example: ' Sri@Example.COM ' -> 'sri@example.com'
-#}
{%- macro normalise_email(raw_email) -%}
    {{ clean_word(raw_email) }}
{%- endmacro -%}
