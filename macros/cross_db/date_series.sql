{#-
    A select of one row a day. dbt.date_spine needs literals when it compiles and counts by powers of
    two; this takes any expression, also a scalar sub-query.

    Engines differ in how a set of dates is unfolded: generate_series gives timestamps as rows on DuckDB
    and PostgreSQL; the Spark family unfolds an array.

    Arguments: starts_on, ends_on - date expressions, both included.
    Result: a select with the column date_day (date), no order; no row when ends_on is before starts_on.
    Example: with days as ({{ date_series("cast('2024-01-01' as date)", "cast('2024-12-31' as date)") }})
-#}
{%- macro date_series(starts_on, ends_on) -%}
    {{ return(adapter.dispatch('date_series', 'koin_loyalty')(starts_on, ends_on)) }}
{%- endmacro -%}

{%- macro default__date_series(starts_on, ends_on) -%}
    select cast(series.moment as date) as date_day
    from generate_series(
        cast({{ starts_on }} as timestamp), cast({{ ends_on }} as timestamp), interval '1 day'
    ) as series (moment)
{%- endmacro -%}
