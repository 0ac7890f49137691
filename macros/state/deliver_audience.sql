{#
    `koin deliver`: freezes the audience of a request as it was built. Everything is copied to state in one
    transaction: the decisions about its members, without contact data, and its manifest.

    Arguments: request_id - a request that was built; content_hash - of the targets that the caller has
    seen and checked, if any: others, of a build since, are refused.
    Result: none, or an error that says why the request cannot be delivered.
    Example: dbt run-operation deliver_audience --args '{request_id: R2025-001}'
#}
{% macro deliver_audience(request_id, content_hash=none) %}
    {% set deliveries = published_state('audience_deliveries') %}
    {% set manifests = published_state('audience_delivery_manifests') %}
    {% if deliveries is none or manifests is none %}
        {% do exceptions.raise_compiler_error('Nothing was built yet: run dbt build first') %}
    {% endif %}
    {% set id = dbt.string_literal(dbt.escape_single_quotes(request_id)) %}
    {% set manifest = manifests.incorporate(path={'identifier': 'audience_manifest'}) %}
    {% set decisions = manifests.incorporate(path={'identifier': 'audience_decisions'}) %}
    {% set found = run_query(
        'select status, status_reason, target_count, holdout_count, content_hash from ' ~ manifest
        ~ ' where request_id = ' ~ id
    ) %}
    {% set frozen = run_query('select 1 as one from ' ~ manifests ~ ' where request_id = ' ~ id) %}
    {% if frozen | length > 0 %}
        {% do exceptions.raise_compiler_error('Request ' ~ request_id ~ ' was delivered before') %}
    {% elif found | length == 0 %}
        {% do exceptions.raise_compiler_error(
            'No request ' ~ request_id ~ ' was built: is its status approved, and was it built since?'
        ) %}
    {% elif found[0][1] %}
        {% do exceptions.raise_compiler_error(
            'Request ' ~ request_id ~ ' cannot be delivered: ' ~ found[0][1]
        ) %}
    {% elif content_hash is not none and content_hash != found[0][4] %}
        {% do exceptions.raise_compiler_error(
            'Request ' ~ request_id ~ ' was built anew while its files were checked: deliver it again'
        ) %}
    {% endif %}
    {% set targets = run_query(
        "select count(*) from " ~ decisions ~ " where outcome = 'target' and request_id = " ~ id
    ) %}
    {% if targets[0][0] != found[0][2] %}
        {% do exceptions.raise_compiler_error(
            'The last build did not end: the manifest of ' ~ request_id ~ ' has ' ~ found[0][2]
            ~ ' targets, its decisions ' ~ targets[0][0] ~ '. Run dbt build again'
        ) %}
    {% endif %}
    {% set decision_columns = state_columns('audience_deliveries') %}
    {% set manifest_columns = state_columns('audience_delivery_manifests') %}
    {% call statement('deliver_audience', auto_begin=False) %}
        begin;
        insert into {{ deliveries }} ({{ decision_columns }})
        select {{ decision_columns }} from {{ decisions }} where request_id = {{ id }};
        insert into {{ manifests }} ({{ manifest_columns }})
        select {{ manifest_columns }} from {{ manifest }} where request_id = {{ id }};
        commit;
    {% endcall %}
    {% do publish_delivery() %}
    {% do log(
        'Delivered ' ~ request_id ~ ': ' ~ found[0][2] ~ ' targets, ' ~ found[0][3] ~ ' held out', info=true
    ) %}
{% endmacro %}


{# The columns of a state model, in the order of its contract, as a list for SQL. #}
{% macro state_columns(model_name) %}
    {{ return(graph.nodes['model.koin_loyalty.' ~ model_name].columns.keys() | join(', ')) }}
{% endmacro %}
