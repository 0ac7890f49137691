{#-
    Key of a raw spelling (tier, city, province) for the join to the seed that knows it. Matched whole, never
    by part: "Serang" must not hit "Serang Baru".

    Arguments: raw - a text expression.
    Result: lower case, trimmed, single-spaced text; null when nothing is left.
    Example: '  KOTA  Serang ' -> 'kota serang'
-#}
{%- macro spelling_key(raw) -%}
    nullif({{ collapse_spaces(ascii_lower(raw)) }}, '')
{%- endmacro -%}
