{#-
    A cell of the seed segment_requests as text in one form: trimmed, single-spaced, in the case that
    the project stores, and without blanks around the separators `|`, `:` and `..`.

    Arguments: expr - a text expression; kind - the column's kind, see request_columns.
    Result: text or null, never ''.
    Example: {{ request_cell("' azko | ataru '", 'codes') }} -> 'AZKO|ATARU'
-#}
{%- macro request_cell(expr, kind) -%}
    {%- set text = clean_name(expr) -%}
    {%- if kind in ('code', 'codes', 'floors') -%}
        {%- set text = ascii_upper(text) -%}
    {%- elif kind not in ('name', 'names') -%}
        {%- set text = ascii_lower(text) -%}
    {%- endif -%}
    {%- if kind in ('codes', 'words', 'names', 'floors') -%}
        {%- set text = regexp_replace_all(text, ' *[|] *', '|') -%}
    {%- endif -%}
    {%- if kind == 'floors' -%}
        {%- set text = regexp_replace_all(text, ' *[:] *', ':') -%}
    {%- elif kind == 'period' -%}
        {%- set text = regexp_replace_all(text, ' *[.][.] *', '..') -%}
        {%- set text = "replace(replace(" ~ text ~ ", 'l12m', 'L12M'), 'l1y', 'L1Y')" -%}
    {%- endif -%}
    {{ text }}
{%- endmacro -%}
