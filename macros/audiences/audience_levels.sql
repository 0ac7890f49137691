{#
    The order in which audiences are resolved: a request waits for those that go before it and touch it,
    so requests without anything between them share a level.

    Arguments: request_ids - the requests to resolve, in their order; edges - pairs (request, request
        that it waits for); names that are not to be resolved are known already.
    Result: a list of lists of request ids. An error when requests wait for each other in a circle, or
        there are more levels than the variable audience_max_levels.
    Example: requests P, Q, R where Q waits for P -> [[P, R], [Q]]
#}
{% macro audience_levels(request_ids, edges) %}
    {% set waiting = namespace(ids=request_ids | list, levels=[]) %}
    {% for _ in range(request_ids | length + 1) if waiting.ids %}
        {% set ready = [] %}
        {% for request_id in waiting.ids %}
            {% set blockers = [] %}
            {% for edge in edges if edge[0] == request_id and edge[1] in waiting.ids %}
                {% do blockers.append(edge[1]) %}
            {% endfor %}
            {% if not blockers %}
                {% do ready.append(request_id) %}
            {% endif %}
        {% endfor %}
        {% if not ready %}
            {# Those for whom nobody waits only stand behind the circle. #}
            {% set circle = namespace(ids=waiting.ids) %}
            {% for _ in waiting.ids %}
                {% set awaited = [] %}
                {% for edge in edges if edge[0] in circle.ids and edge[1] in circle.ids %}
                    {% do awaited.append(edge[1]) %}
                {% endfor %}
                {% set circle.ids = circle.ids | select('in', awaited) | list %}
            {% endfor %}
            {% do exceptions.raise_compiler_error(
                'segment_requests: these requests wait for each other in a circle, look at their '
                ~ 'exclude_requests and priority: ' ~ circle.ids | join(', ')
            ) %}
        {% endif %}
        {% do waiting.levels.append(ready) %}
        {% set waiting.ids = waiting.ids | reject('in', ready) | list %}
    {% endfor %}
    {% if waiting.levels | length > var('audience_max_levels') %}
        {% do exceptions.raise_compiler_error(
            'segment_requests: audiences stand on each other in ' ~ waiting.levels | length
            ~ ' levels, the greatest number is ' ~ var('audience_max_levels')
            ~ ' (variable audience_max_levels). Let fewer requests of a channel overlap, or deliver '
            ~ 'some first. The last level: ' ~ waiting.levels[-1] | join(', ')
        ) %}
    {% endif %}
    {{ return(waiting.levels) }}
{% endmacro %}
