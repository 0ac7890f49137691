{#
    What a generic test looks at: dbt's, but in an incremental run only the rows that were recomputed, of
    models that keep the others. Those passed when they were new, and a test of one row, or of a key that
    is recomputed as a whole, would say the same of them. Other tests look at everything.
#}
{% macro get_where_subquery(relation) %}
    {% set conditions = [] %}
    {% if config.get('where') %}
        {% do conditions.append(config.get('where')) %}
    {% endif %}
    {% if execute and looks_at_what_is_new(model) %}
        {% do conditions.append(is_recomputed(graph.nodes[model.attached_node])) %}
    {% endif %}
    {% if conditions %}
        {{ return('(select * from ' ~ relation ~ ' where (' ~ conditions | join(') and (') ~ ')) as tested') }}
    {% endif %}
    {{ return(relation) }}
{% endmacro %}


{# Whether a test (a node of the graph) has nothing to say of rows that are kept. #}
{% macro looks_at_what_is_new(test) %}
    {% set node = graph.nodes.get(test.attached_node) %}
    {% if not node or not goes_on(node) or not kept_rows_were_tested() or test.config.severity | lower != 'error' %}
        {{ return(false) }}
    {% elif test.test_metadata.name in ('unique', 'unique_combination') %}
        {% set arguments = test.test_metadata.kwargs %}
        {% set key = arguments.get('columns') or [arguments.get('column_name')] %}
        {{ return(node.config.meta.get('recomputed_by') in key) }}
    {% endif %}
    {{ return(test.test_metadata.name in ('not_null', 'accepted_values', 'accepted_range', 'expression_is_true')) }}
{% endmacro %}
