{#
    Start of a run: stops one with --empty or --sample that would build a state model. State compares what
    is now with what was published, and a part of the data would look like figures that vanished.

    Result: none, or an error that says how to go on.
#}
{% macro refuse_partial_input() %}
    {% if execute and (invocation_args_dict.get('empty') or invocation_args_dict.get('sample')) %}
        {% set state_models = [] %}
        {% for unique_id in selected_resources if unique_id in graph.nodes %}
            {% set node = graph.nodes[unique_id] %}
            {% if node.resource_type == 'model' and node.fqn[1:3] == ['marts', 'state'] %}
                {% do state_models.append(node.name) %}
            {% endif %}
        {% endfor %}
        {% if state_models %}
            {% do exceptions.raise_compiler_error(
                'Refused: ' ~ state_models | sort | join(', ') ~ ' is state, and --empty or --sample would '
                ~ 'record a part of the data as the truth. Add --exclude path:models/marts/state+'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
