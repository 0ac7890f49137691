{#
    What a generic test looks at: dbt's, but in an incremental run only what has to do with the rows that were
    recomputed, of models that keep the others. Those passed when they were new.
#}
{% macro get_where_subquery(relation) %}
    {% set conditions = [] %}
    {% if config.get('where') %}
        {% do conditions.append(config.get('where')) %}
    {% endif %}
    {% set is_new = what_is_new(model, relation) if execute else none %}
    {% if is_new %}
        {% do conditions.append(is_new) %}
    {% endif %}
    {% if conditions %}
        {{ return('(select * from ' ~ relation ~ ' where (' ~ conditions | join(') and (') ~ ')) as tested') }}
    {% endif %}
    {{ return(relation) }}
{% endmacro %}


{#
    The condition on the rows that a test (a node of the graph) has to look at; none when these are all. A test of
    one row, or of a key that is recomputed as a whole, looks at the recomputed rows; a test of another key also at
    the rows that are kept with a key of theirs, told by its first column.
#}
{% macro what_is_new(test, relation) %}
    {% set node = graph.nodes.get(test.attached_node) %}
    {% if not node or not goes_on(node) or not kept_rows_were_tested() or test.config.severity | lower != 'error' %}
        {{ return(none) }}
    {% elif test.test_metadata.name in ('unique', 'unique_combination') %}
        {% set arguments = test.test_metadata.kwargs %}
        {% set key = arguments.get('columns') or [arguments.get('column_name')] %}
        {% if (node.config.meta.get('recomputed_by') or '').split(', ') | reject('in', key) | list %}
            {{ return(
                key[0] ~ ' is null or ' ~ key[0] ~ ' in (select ' ~ key[0] ~ ' from ' ~ relation
                ~ ' where ' ~ is_recomputed(node) ~ ')'
            ) }}
        {% endif %}
    {% elif test.test_metadata.name not in ('not_null', 'accepted_values', 'accepted_range', 'expression_is_true') %}
        {{ return(none) }}
    {% endif %}
    {{ return(is_recomputed(node)) }}
{% endmacro %}
