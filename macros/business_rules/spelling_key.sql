{#-
    Key of a name in any spelling (tier, city, category), by which names are looked up and put together. Matched
    whole, never by part: "Serang" must not hit "Serang Baru".

    Arguments: raw - a text expression.
    Result: lower case, trimmed, single-spaced text; null when nothing is left.
    Example: '  KOTA  Serang ' -> 'kota serang'
-#}
{%- macro spelling_key(raw) -%}
    nullif({{ collapse_spaces(ascii_lower(raw)) }}, '')
{%- endmacro -%}
