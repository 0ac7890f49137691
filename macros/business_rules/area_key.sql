{#-
    Key of a raw city or province for the join to the seed domicile_areas. Matched whole, never by part:
    "Serang" must not hit "Serang Baru".

    Arguments: raw_area - a text expression.
    Result: lower case, trimmed, single-spaced text; null when nothing is left.
    Example: '  KOTA  Serang ' -> 'kota serang'
-#}
{%- macro area_key(raw_area) -%}
    nullif({{ collapse_spaces(ascii_lower(raw_area)) }}, '')
{%- endmacro -%}
