{#
    dbt's ref, but for marts that this build makes in a schema beside: those are read from there, so that
    models and tests see what the build made and not what readers still see. Everything else is as ever.
#}
{% macro ref() %}
    {% set relation = builtins.ref(*varargs, **kwargs) %}
    {% if execute and model is defined and model.resource_type != 'unit_test' and varargs %}
        {% set unique_id = 'model.koin_loyalty.' ~ varargs[-1] %}
        {% if unique_id in selected_resources and is_built_beside(graph.nodes[unique_id]) %}
            {{ return(beside(relation)) }}
        {% endif %}
    {% endif %}
    {{ return(relation) }}
{% endmacro %}


{#
    The columns of a relation on PostgreSQL: those of the one beside, when this build has made it. Unit
    tests take the types of their rows from it, also in a first build.
#}
{% macro postgres__get_columns_in_relation(relation) %}
    {% if relation.schema and not relation.schema.endswith('__next') %}
        {% set next_relation = adapter.get_relation(
            relation.database, relation.schema ~ '__next', relation.identifier
        ) %}
        {% if next_relation %}
            {{ return(dbt.postgres__get_columns_in_relation(next_relation)) }}
        {% endif %}
    {% endif %}
    {{ return(dbt.postgres__get_columns_in_relation(relation)) }}
{% endmacro %}
