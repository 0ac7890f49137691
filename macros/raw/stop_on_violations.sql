{#
    Post-hook of a model whose rows are mistakes in people's input (seed_name, row_key, column_name, value,
    problem): stops the build with one line a mistake, so that nothing is built on it.

    Example of a line: campaigns, row AZ-HARBOLNAS24, column bu_code: 'AZKOO' is no business unit
#}
{% macro stop_on_violations(relation) %}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% set rows = run_query(
            'select seed_name, row_key, column_name, found_value, problem from ' ~ relation
            ~ ' order by seed_name, row_key, column_name limit 50'
        ) %}
        {% if rows | length > 0 %}
            {% set lines = [] %}
            {% for row in rows %}
                {% do lines.append(
                    row[0] ~ ', row ' ~ row[1] ~ ', column ' ~ row[2] ~ ": '" ~ (row[3] or '') ~ "' " ~ row[4]
                ) %}
            {% endfor %}
            {% do exceptions.raise_compiler_error(
                'The reference tables hold mistakes:\n  ' ~ lines | join('\n  ')
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
