{#
    dbt's materialization `incremental` as this project means it: a build from nothing makes a table; an
    incremental run (is_incremental_run.sql) keeps all rows but those that the model's configuration says
    are recomputed (recomputed.sql). On PostgreSQL a mart is made beside what readers have, as the copy of
    the rows that stay and those that are new.
#}
{% materialization incremental, adapter='duckdb' %}
    {{ return(recompute(made_anew_above=0.2) if is_incremental_run() else materialization_table_duckdb()) }}
{% endmaterialization %}


{% materialization incremental, adapter='postgres' %}
    {%- if is_incremental_run() and not is_built_beside(model) -%}
        {{ return(recompute()) }}
    {%- endif -%}
    {{ return(materialization_table_postgres()) }}
{% endmaterialization %}


{#
    Replaces the rows of this model that are recomputed, in one transaction. Where they are a greater share of
    all than made_anew_above, the table is made anew of them and the rows that stay: as many holes cost DuckDB the
    same work soon after, in a checkpoint for which everything else waits.

    Result: what a materialization returns.
#}
{% macro recompute(made_anew_above=1) %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set recomputed = make_temp_relation(this).identifier -%}
    {%- set made = make_intermediate_relation(this) -%}
    {{ before_making(made) }}

    {#- Before rows go: the model may read its own. -#}
    {% call statement('compute') -%}
        create temporary table {{ recomputed }} as {{ sql }}
    {%- endcall %}
    {% if made_anew_above < 1 and run_query(
        'select (select count(*) from ' ~ recomputed ~ ') > ' ~ made_anew_above
        ~ ' * (select count(*) from ' ~ target_relation ~ ')'
    )[0][0] %}
        {% call statement('main') -%}
            {{ create_table_as(False, made, with_kept_rows('select * from ' ~ recomputed)) }}
        {%- endcall %}
        {% call statement('drop') -%}
            drop table {{ recomputed }}
        {%- endcall %}
        {{ return(put_in_place(made)) }}
    {% endif %}
    {% call statement('delete') -%}
        delete from {{ target_relation }} where {{ is_recomputed(model) }}
    {%- endcall %}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='quoted') | join(', ') -%}
    {% call statement('main') -%}
        insert into {{ target_relation }} ({{ columns }}) select {{ columns }} from {{ recomputed }}
    {%- endcall %}
    {% call statement('drop') -%}
        drop table {{ recomputed }}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmacro %}


{# The rows of this model's table that stay, and those that a query gives for the rest. #}
{% macro with_kept_rows(query) %}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='quoted') | join(', ') -%}
    select {{ columns }} from {{ this }}
    where ({{ is_recomputed(model) }}) is not true
    union all
    select {{ columns }} from ({{ query }}) as recomputed
{% endmacro %}
