{#
    Post-hook of quality.load_alarms: says every alarm in its own words, as a warning. Whether an alarm
    stops the build is said by the model's tests. `make build` is quiet, so there it is printed.

    Arguments: relation - the built model.
    Example of a line: tbl_receipt: 12 rows loaded on 2025-11-02; the 8 loads before: 4,100 4,230 ...
#}
{% macro tell_load_alarms(relation) %}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% for row in run_query(
            'select alarm, message from ' ~ relation ~ ' order by alarm, table_name, reason'
        ) %}
            {% set line = row[0] ~ ': ' ~ row[1] %}
            {% do exceptions.warn(line) %}
            {% if flags.QUIET %}{% do print('Warning: ' ~ line) %}{% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}
