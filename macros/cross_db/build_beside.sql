{#
    Marts built in schemas beside the readers' ones: `core__next.fct_receipts` becomes `core.fct_receipts`
    when the whole build has passed. Models and tests of the same build read the new mart (ref.sql), those
    whose mart is not built read what readers read. The schemas belong to the pipeline's role alone, and
    stay after a failed build, to look into.

    Engines differ: only PostgreSQL builds where readers read. Copies of what is not built are not needed,
    and a table moves between schemas without being written again.

    builds_beside - whether this engine does so.
    is_built_beside - whether this command builds a model (a node of the graph) so.
    beside - the relation in the schema beside of a readers' relation.
    being_built - where the hooks of a model find what it has just made: `this`, or the relation beside.
    schemas_beside - the schemas beside of nodes, each once.
    prepare_beside - start of a run: empty schemas beside for what is selected, and no others.
#}
{% macro builds_beside() %}
    {{ return(adapter.dispatch('builds_beside', 'koin_loyalty')()) }}
{% endmacro %}

{% macro default__builds_beside() %}
    {{ return(false) }}
{% endmacro %}

{% macro postgres__builds_beside() %}
    {{ return(true) }}
{% endmacro %}


{% macro is_built_beside(node) %}
    {{ return(
        node.resource_type == 'model'
        and node.fqn[1] == 'marts'
        and node.config.materialized in ('table', 'incremental')
        and flags.WHICH in ('build', 'run')
        and builds_beside()
    ) }}
{% endmacro %}


{% macro beside(relation) %}
    {{ return(relation.incorporate(path={'schema': relation.schema ~ '__next'})) }}
{% endmacro %}


{% macro being_built(relation) %}
    {{ return(beside(relation) if is_built_beside(model) else relation) }}
{% endmacro %}


{% macro schemas_beside(nodes) %}
    {% set schemas = [] %}
    {% for node in nodes if is_built_beside(node) %}
        {% do schemas.append(node.schema ~ '__next') %}
    {% endfor %}
    {{ return(schemas | unique | sort) }}
{% endmacro %}


{% macro prepare_beside() %}
    {% if execute and builds_beside() %}
        {% set nodes = [] %}
        {% for unique_id in selected_resources if unique_id in graph.nodes %}
            {% do nodes.append(graph.nodes[unique_id]) %}
        {% endfor %}
        {#- Also those that an earlier build left and this one does not need. -#}
        {% for schema in schemas_beside(graph.nodes.values()) %}
            {% do run_query('drop schema if exists "' ~ schema ~ '" cascade') %}
        {% endfor %}
        {% for schema in schemas_beside(nodes) %}
            {% do run_query('create schema "' ~ schema ~ '"') %}
        {% endfor %}
        {% do run_query('commit') %}
    {% endif %}
{% endmacro %}
