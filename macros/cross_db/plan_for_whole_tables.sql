{#
    What a step's hooks run so that the engine plans for steps that read whole tables.

    Why engines differ: PostgreSQL knows nothing of a table that was just made, nor of a CTE, takes them for a
    handful of rows, and nests loops over all of them. So its steps join by hash wherever they can, and count
    their table when it is made. DuckDB counts as it writes.

    Arguments: relation - the step's table, after it was made; none before.
#}
{% macro plan_for_whole_tables(relation=none) %}
    {{ return(adapter.dispatch('plan_for_whole_tables', 'koin_loyalty')(relation)) }}
{% endmacro %}

{% macro default__plan_for_whole_tables(relation) %}
    {% if relation %}
        analyze {{ relation }}
    {% else %}
        set local enable_nestloop = off
    {% endif %}
{% endmacro %}

{% macro duckdb__plan_for_whole_tables(relation) %}
{% endmacro %}
