{#-
    The condition that joins a large table to one of a few rows, such as int_run__as_of.

    Engines differ: DuckDB takes a comparison of columns of two tables for one that leaves next to nothing
    of the large one, and then builds the hash tables of later joins from the large side. It guesses
    nothing about a condition that is no plain comparison.

    Arguments: condition - a boolean expression.
    Result: the condition; what is unknown does not hold.
    Example: inner join run on {{ few_rows_condition('receipts.business_date <= run.as_of_date') }}
-#}
{%- macro few_rows_condition(condition) -%}
    {{ return(adapter.dispatch('few_rows_condition', 'koin_loyalty')(condition)) }}
{%- endmacro -%}

{%- macro default__few_rows_condition(condition) -%}
    {{ condition }}
{%- endmacro -%}

{%- macro duckdb__few_rows_condition(condition) -%}
    coalesce({{ condition }}, false)
{%- endmacro -%}
