{#-
    Lower case of the letters A-Z; every other character stays.

    Engines differ: lower() follows the database's locale on PostgreSQL (none beyond ASCII under "C",
    a dotless i under Turkish) and Unicode on DuckDB. Codes and vocabulary are ASCII, so ASCII is all
    that is touched, and a stray letter comes out the same everywhere.

    Arguments: expr - a text expression.
    Result: text; null stays null.
    Example: {{ ascii_lower("'Offline'") }} -> 'offline'
-#}
{%- macro ascii_lower(expr) -%}
    {{ return(adapter.dispatch('ascii_lower', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__ascii_lower(expr) -%}
    translate({{ expr }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro -%}

{#- lower() is 20 times as fast as translate() here; translate() is left for rows that need it. -#}
{%- macro duckdb__ascii_lower(expr) -%}
    case when strlen({{ expr }}) = length({{ expr }}) then lower({{ expr }}) else {{ default__ascii_lower(expr) }} end
{%- endmacro -%}

{%- macro postgres__ascii_lower(expr) -%}
    (lower({{ expr }} collate "C") collate "default")
{%- endmacro -%}

{#-
    Upper case of the letters a-z; every other character stays. See ascii_lower.

    Arguments: expr - a text expression.
    Result: text; null stays null.
    Example: {{ ascii_upper("'azko'") }} -> 'AZKO'
-#}
{%- macro ascii_upper(expr) -%}
    {{ return(adapter.dispatch('ascii_upper', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__ascii_upper(expr) -%}
    translate({{ expr }}, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
{%- endmacro -%}

{%- macro duckdb__ascii_upper(expr) -%}
    case when strlen({{ expr }}) = length({{ expr }}) then upper({{ expr }}) else {{ default__ascii_upper(expr) }} end
{%- endmacro -%}

{%- macro postgres__ascii_upper(expr) -%}
    (upper({{ expr }} collate "C") collate "default")
{%- endmacro -%}
