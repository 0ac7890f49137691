{#-
    Replaces every match of a regular expression.

    Engines differ: DuckDB and PostgreSQL replace only the first match unless the flag 'g' is given;
    engines of the Spark family always replace all and take no flag.
    Patterns must stay in what all dialects share: no look-around, no back-references, no `\s` and `\d`
    (their meaning differs), explicit character classes instead.

    Arguments: expr - a text expression; pattern, replacement - plain text, without quotes around it.
    Result: text; null stays null.
    Example: {{ regexp_replace_all("'0812-3456'", '[^0-9]', '') }} -> '08123456'
-#}
{%- macro regexp_replace_all(expr, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all', 'koin_loyalty')(expr, pattern, replacement)) }}
{%- endmacro -%}

{%- macro default__regexp_replace_all(expr, pattern, replacement) -%}
    regexp_replace({{ expr }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro -%}
