{#
    The end of every run. On DuckDB over PostgreSQL: when a `dbt build` ended without a failure, brings
    every mart that it built from the local work file to PostgreSQL, all in one transaction. Readers see
    the old marts until it commits, so they never see a mart whose tests did not pass, nor new marts
    beside old ones. On the other targets the marts are where they belong already.
#}
{% macro publish_marts(results) %}
    {% if execute and flags.WHICH == 'build' and marts_are_published() %}
        {% set failed = results | selectattr('status', 'in', ['error', 'fail', 'skipped', 'partial success']) | list %}
        {% set marts = [] %}
        {% for result in results if result.node.resource_type == 'model' and result.node.fqn[1] == 'marts' %}
            {% do marts.append({
                'schema': result.node.schema,
                'identifier': result.node.alias,
                'query': 'select * from "' ~ result.node.schema ~ '"."' ~ result.node.alias ~ '"',
                'kept_by': 'request_id' if result.node.name in delivered_state() else none,
                'columns': result.node.columns.keys() | join(', '),
            }) %}
        {% endfor %}
        {% if failed %}
            {% do log(
                'Nothing is published to PostgreSQL: ' ~ failed | length ~ ' of ' ~ results | length
                ~ ' steps failed or were skipped. The marts there are as they were.', info=true
            ) %}
        {% elif marts %}
            {% do copy_to_postgres(marts) %}
            {% do log('Published ' ~ marts | length ~ ' marts to PostgreSQL', info=true) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{# The state models that `koin deliver` writes, also while a build runs. #}
{% macro delivered_state() %}
    {{ return(['audience_deliveries', 'audience_delivery_manifests']) }}
{% endmacro %}


{# Whether this target computes in a work file and publishes to an attached PostgreSQL. #}
{% macro marts_are_published() %}
    {% set sources = graph.sources.values() | list %}
    {{ return(sources | length > 0 and sources[0].database != target.database) }}
{% endmacro %}
