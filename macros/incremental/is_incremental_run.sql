{#
    Whether this build goes on from the last published one: models that say what they are recomputed by
    (recomputed.sql) then compute only what the loads since have touched. A build goes on when it builds
    everything, and when code, variables, seeds and engine are those of the last one (basis.sql); any other
    build, and --full-refresh, is one from nothing.

    Result: true or false, for Jinja. False while the project is read, and in unit tests.
#}
{% macro is_incremental_run() %}
    {% if not execute or flags.WHICH != 'build' or model is not defined or model.resource_type == 'unit_test' %}
        {{ return(false) }}
    {% endif %}
    {% set basis = basis_relation() %}
    {% set found = run_query(
        'select is_incremental from ' ~ basis ~ " where invocation_id = '" ~ invocation_id ~ "'"
    ) %}
    {{ return(found | length > 0 and found[0][0]) }}
{% endmacro %}


{# Whether all tests ran in each build since the last one from nothing, and run in this one. #}
{% macro kept_rows_were_tested() %}
    {% set found = run_query(
        'select is_tested from ' ~ basis_relation() ~ " where invocation_id = '" ~ invocation_id ~ "'"
    ) %}
    {{ return(found | length > 0 and found[0][0]) }}
{% endmacro %}
