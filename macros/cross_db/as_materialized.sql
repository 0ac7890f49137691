{#-
    The word between a CTE's name and its bracket, for a CTE that must be computed once.

    Engines differ: PostgreSQL puts a CTE that is read once into its reader and repeats its expressions
    wherever they are used, so a chain of string steps grows without bound; `materialized` keeps each
    step a step. DuckDB does not repeat expressions, and Spark does not know the word.

    Arguments: none. Result: `as materialized` or `as`.
    Example: phone_text {{ as_materialized() }} (select ...)
-#}
{%- macro as_materialized() -%}
    {{ return(adapter.dispatch('as_materialized', 'koin_loyalty')()) }}
{%- endmacro -%}

{%- macro default__as_materialized() -%}
    as
{%- endmacro -%}

{%- macro postgres__as_materialized() -%}
    as materialized
{%- endmacro -%}
