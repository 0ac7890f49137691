{#
    The end of every run: write, audit, publish. When a `dbt build` ended without a failure, brings what it
    built to where readers look, all at once, and adds the run to the ledger quality.build_runs in the same
    step. Else readers keep what they had, and the ledger alone gets its row. How each target publishes:
    macros/cross_db/publish.sql.

    Arguments: results - dbt's results of the run.
#}
{% macro publish_marts(results) %}
    {% if execute and flags.WHICH == 'build' and results %}
        {% set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'partial success']) | list %}
        {% set reason %}
            {%- if failed -%}
                {{ failed | length }} of {{ results | length }} steps failed or were skipped
            {%- elif invocation_args_dict.get('empty') or invocation_args_dict.get('sample') -%}
                --empty and --sample see a part of the data
            {%- endif -%}
        {% endset %}
        {% set marts = [] %}
        {% for result in results if result.node.resource_type == 'model' and result.node.fqn[1] == 'marts' %}
            {% do marts.append(result.node) %}
        {% endfor %}
        {% set status = 'failed' if failed else 'not_published' if reason else 'published' %}
        {% set run = run_record(results, status) %}
        {% if reason %}
            {% do log(
                'Nothing is published to ' ~ readers_place() ~ ': ' ~ reason
                ~ '. The marts there are as they were.', info=true
            ) %}
            {% do record_run(run) %}
        {% else %}
            {% do publish(marts, run) %}
            {% do log('Published ' ~ marts | length ~ ' marts to ' ~ readers_place(), info=true) %}
        {% endif %}
    {% elif execute and flags.WHICH in ('run', 'seed') and results %}
        {% do log(
            'Nothing is published to ' ~ readers_place() ~ ': dbt ' ~ flags.WHICH
            ~ ' tests nothing, dbt build does.', info=true
        ) %}
    {% endif %}
{% endmacro %}


{# The column by whose values rows are kept that came to a state model while a build ran; none for others. #}
{% macro kept_by(model_name) %}
    {{ return({
        'audience_deliveries': 'request_id',
        'audience_delivery_manifests': 'request_id',
        'build_runs': 'invocation_id',
    }.get(model_name)) }}
{% endmacro %}


{# Whether this target computes in a work file and publishes to an attached PostgreSQL. #}
{% macro marts_are_published() %}
    {% set sources = graph.sources.values() | list %}
    {{ return(sources | length > 0 and sources[0].database != target.database) }}
{% endmacro %}
