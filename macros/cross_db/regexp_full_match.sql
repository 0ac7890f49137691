{#-
    Whether the whole text matches a regular expression.

    Engines differ: `~` looks for a match anywhere on PostgreSQL and matches the whole text on DuckDB;
    with both ends anchored the two agree. Patterns stay in what all dialects share, see
    regexp_replace_all.

    Arguments: expr - a text expression; pattern - plain text, without quotes around it and anchors.
    Result: boolean; null for null.
    Example: {{ regexp_full_match("'0812'", '[0-9]+') }} -> true
-#}
{%- macro regexp_full_match(expr, pattern) -%}
    {{ return(adapter.dispatch('regexp_full_match', 'koin_loyalty')(expr, pattern)) }}
{%- endmacro -%}

{%- macro default__regexp_full_match(expr, pattern) -%}
    {{ expr }} ~ '^({{ pattern }})$'
{%- endmacro -%}
