{#-
    A whole number as text with commas between the thousands.

    Engines differ in how they format numbers.

    Arguments: expr - a whole-number expression.
    Result: text; null stays null.
    Example: 12480 -> '12,480'
-#}
{%- macro with_thousands(expr) -%}
    {{ return(adapter.dispatch('with_thousands', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__with_thousands(expr) -%}
    format_number({{ expr }}, 0)
{%- endmacro -%}

{%- macro duckdb__with_thousands(expr) -%}
    format('{:,}', cast({{ expr }} as bigint))
{%- endmacro -%}

{%- macro postgres__with_thousands(expr) -%}
    trim(to_char(cast({{ expr }} as bigint), '999,999,999,999,999,990'))
{%- endmacro -%}
