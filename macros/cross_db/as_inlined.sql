{#-
    The word between a CTE's name and its bracket, for a cheap CTE over a large table that is read more
    than once: each reader takes of it only the columns and rows that it needs.

    Engines differ: DuckDB and PostgreSQL would write the whole CTE to memory, or to disk, first; Spark
    does not know the word.

    Arguments: none. Result: `as not materialized` or `as`.
    Example: usable {{ as_inlined() }} (select * from ...)
-#}
{%- macro as_inlined() -%}
    {{ return(adapter.dispatch('as_inlined', 'koin_loyalty')()) }}
{%- endmacro -%}

{%- macro default__as_inlined() -%}
    as
{%- endmacro -%}

{%- macro duckdb__as_inlined() -%}
    as not materialized
{%- endmacro -%}

{%- macro postgres__as_inlined() -%}
    as not materialized
{%- endmacro -%}
