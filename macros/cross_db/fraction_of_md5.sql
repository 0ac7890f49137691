{#-
    A number in [0, 1) that looks random and is the same on every engine, from the first 7 hex digits of
    the text's md5: n / 16^7, 10 decimals, different for every n.

    Engines differ in how hex text becomes a number, and in what long decimals cost.

    Arguments: expr - a text expression, for instance salt || ':' || cust_id.
    Result: numeric(12, 10); null stays null.
    Example: {{ fraction_of_md5("'abc'") }} -> 0.5625200607 (md5 9001509...)
-#}
{%- macro fraction_of_md5(expr) -%}
    {{ return(adapter.dispatch('fraction_of_md5', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__fraction_of_md5(expr) -%}
    cast(
        cast({{ adapter.dispatch('first_md5_digits', 'koin_loyalty')(expr) }} as numeric(9, 0))
        * 0.0000000037252902984619140625 as numeric(12, 10)
    )
{%- endmacro -%}

{#- Whole numbers of 64 bits, rounded to the tenth decimal: decimals of more take DuckDB microseconds. -#}
{%- macro duckdb__fraction_of_md5(expr) -%}
    cast(
        cast(
            divide(cast('0x' || substr(md5({{ expr }}), 1, 7) as bigint) * 10000000000 + {{ 2 ** 27 }}, {{ 2 ** 28 }})
            as numeric(11, 0)
        ) * 0.0000000001 as numeric(12, 10)
    )
{%- endmacro -%}

{%- macro default__first_md5_digits(expr) -%}
    {%- for position in range(1, 8) %}
        {%- if not loop.first %} + {% endif -%}
        {{ 16 ** (7 - position) }} * (strpos('0123456789abcdef', substr(md5({{ expr }}), {{ position }}, 1)) - 1)
    {%- endfor %}
{%- endmacro -%}

{%- macro postgres__first_md5_digits(expr) -%}
    cast(cast('x' || substr(md5({{ expr }}), 1, 7) as bit(28)) as integer)
{%- endmacro -%}
