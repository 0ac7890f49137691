{#
    dbt's materialization `table` as this project means it: the table is made under another name, and takes
    the place of the one before in one statement. (dbt's own renames that one first, and drops it last: by a
    profile a quarter of what dbt itself does for a model.) On PostgreSQL a mart becomes a table in the
    schema beside, where nobody has one of its name; the end of a build without failures moves it
    (publish.sql).
#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set made = make_intermediate_relation(this) -%}
    {{ before_making(made) }}
    {#- dbt runs Python from here only, not from a macro. -#}
    {% call statement('main', language=model.language) -%}
        {{ create_table_as(False, made, compiled_code, model.language) }}
    {%- endcall %}
    {{ return(put_in_place(made)) }}
{% endmaterialization %}


{% materialization table, adapter='postgres' %}
    {%- set is_beside = is_built_beside(model) -%}
    {%- set made = beside(this).incorporate(type='table') if is_beside else make_intermediate_relation(this) -%}
    {{ before_making(made) }}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, made, with_kept_rows(sql) if is_beside and goes_on(model) else sql) }}
    {%- endcall %}
    {{ return(finished(made) if is_beside else put_in_place(made)) }}
{% endmaterialization %}


{# What comes before the table of a model: one that a build has left half made goes. #}
{% macro before_making(made) %}
    {{ drop_relation_if_exists(load_cached_relation(made)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
{% endmacro %}


{# Puts what was made in the place of the table, or view, that was there before. Result: as that of the next macro. #}
{% macro put_in_place(made) %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {% call statement('replace') -%}
        {% if existing %}drop {{ existing.type }} if exists {{ existing }} cascade;{% endif %}
        alter table {{ made }} rename to {{ adapter.quote(target_relation.identifier) }}
    {%- endcall %}
    {{ return(finished(target_relation)) }}
{% endmacro %}


{# What follows when the table of a model is there. Result: what a materialization returns. #}
{% macro finished(target_relation) %}
    {% do create_indexes(target_relation) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=False) %}
    {% do persist_docs(target_relation, model) %}

    {{ adapter.commit() }}

    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmacro %}
