{#
    dbt's materialization `incremental` as this project means it: a build from nothing makes a table; an
    incremental run (is_incremental_run.sql) keeps all rows but those that the model's configuration says
    are recomputed (recomputed.sql). On PostgreSQL a mart is made beside what readers have, as the copy of
    the rows that stay and those that are new.
#}
{% materialization incremental, adapter='duckdb' %}
    {{ return(recompute_in_place() if is_incremental_run() else materialization_table_duckdb()) }}
{% endmaterialization %}


{% materialization incremental, adapter='postgres' %}
    {%- if is_incremental_run() and not is_built_beside(model) -%}
        {{ return(recompute_in_place()) }}
    {%- endif -%}
    {{ return(materialization_table_postgres()) }}
{% endmaterialization %}


{# Replaces the rows of this model that are recomputed, in one transaction. Result: what a materialization returns. #}
{% macro recompute_in_place() %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set recomputed = make_temp_relation(this).identifier -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- Before rows go: the model may read its own. -#}
    {% call statement('compute') -%}
        create temporary table {{ recomputed }} as {{ sql }}
    {%- endcall %}
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


{# The rows of a published mart that stay, and those that its SQL gives for the rest. #}
{% macro with_kept_rows(sql) %}
    {%- set columns = model.columns.keys() | join(', ') -%}
    select {{ columns }} from {{ this }}
    where not ({{ is_recomputed(model) }})
    union all
    select {{ columns }} from ({{ sql }}) as recomputed
{% endmacro %}
