{#
    dbt's materialization `table` on PostgreSQL, but a mart becomes a table in the schema beside, where
    nobody has one of its name. The end of a build without failures moves it (publish.sql).
#}
{% materialization table, adapter='postgres' %}
    {%- if not is_built_beside(model) -%}
        {{ return(dbt.materialization_table_default()) }}
    {%- endif -%}

    {%- set target_relation = beside(this).incorporate(type='table') -%}
    {{ drop_relation_if_exists(load_cached_relation(target_relation)) }}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, target_relation, with_kept_rows(sql) if goes_on(model) else sql) }}
    {%- endcall %}

    {% do create_indexes(target_relation) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}

    {{ adapter.commit() }}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
