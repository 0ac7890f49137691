{#
    What the next build may go on from: one row beside the staging models that says what the last
    published build was made with. It stands for a whole build of one code, one set of variables and one
    engine version; a build takes it away as it begins and puts it back in the step that publishes, so that after a
    failed, killed or partial one, or after `dbt run`, the next is a build from nothing.

    basis_relation - the table; the hooks make it.
    prepare_basis - start of a run: decides whether it goes on from the last one, and says so.
    reason_for_building_anew - why a run cannot go on, in words; none when it can.
    basis_statements - SQL that makes this run the basis; nothing happens when it was no whole build.
#}
{% macro basis_relation() %}
    {% set loads = graph.nodes['model.koin_loyalty.stg_loads__days'] %}
    {{ return(api.Relation.create(database=loads.database, schema=loads.schema, identifier='run_basis')) }}
{% endmacro %}


{% macro prepare_basis() %}
    {% if execute and flags.WHICH in ('build', 'run', 'seed', 'snapshot', 'clone') %}
        {% set basis = basis_relation() %}
        {% do run_query('create schema if not exists "' ~ basis.schema ~ '"') %}
        {% do run_query(
            'create table if not exists ' ~ basis ~ ' (invocation_id varchar, fingerprint varchar,'
            ~ ' as_of_date date, first_receipt_date date, is_incremental boolean, is_published boolean)'
        ) %}
        {% set fingerprint = run_fingerprint() %}
        {% set is_whole = flags.WHICH == 'build' and is_whole_build() %}
        {% set known = run_query(
            'select fingerprint, is_published, cast(as_of_date as varchar), cast(first_receipt_date as varchar) from '
            ~ basis
        ) %}
        {% set reason = reason_for_building_anew(known, fingerprint, is_whole) %}
        {% do run_query('delete from ' ~ basis) %}
        {% if is_whole %}
            {% do run_query(
                'insert into ' ~ basis ~ ' values (' ~ text_literal(invocation_id) ~ ', '
                ~ text_literal(fingerprint) ~ ', cast('
                ~ text_literal(known[0][2] if known | length > 0 else none) ~ ' as date), cast('
                ~ text_literal(known[0][3] if known | length > 0 else none) ~ ' as date), '
                ~ (reason is none) ~ ', false)'
            ) %}
        {% endif %}
        {#- psycopg2 opened a transaction of its own, which nothing else would commit. -#}
        {% if builds_beside() %}{% do run_query('commit') %}{% endif %}
        {% if flags.WHICH == 'build' %}
            {% do log(
                'Goes on from the last build: computes what loads since have touched' if reason is none
                else 'Builds from nothing: ' ~ reason, info=true
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{% macro reason_for_building_anew(known, fingerprint, is_whole) %}
    {% if flags.FULL_REFRESH %}
        {{ return('--full-refresh') }}
    {% elif not is_whole %}
        {{ return('a part of the project') }}
    {% elif var('as_of_date') | string != '' %}
        {{ return('the variable as_of_date is set') }}
    {% elif known | length == 0 or not known[0][1] %}
        {{ return('no whole build was published before') }}
    {% elif fingerprint.startswith('unknown') %}
        {{ return('the version of the code is not known') }}
    {% elif known[0][0] != fingerprint %}
        {{ return('code, variables or engine are not those of the last build') }}
    {% endif %}
    {% for node in graph.nodes.values() if node.config.materialized == 'incremental' %}
        {% if not adapter.get_relation(node.database, node.schema, node.alias) %}
            {{ return(node.schema ~ '.' ~ node.alias ~ ' is not there') }}
        {% endif %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}


{# Whether every model and seed of the project is built, and from all of its data. #}
{% macro is_whole_build() %}
    {% if invocation_args_dict.get('empty') or invocation_args_dict.get('sample') %}
        {{ return(false) }}
    {% endif %}
    {% for node in graph.nodes.values() if node.resource_type in ('model', 'seed') %}
        {% if node.config.enabled and node.unique_id not in selected_resources %}
            {{ return(false) }}
        {% endif %}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}


{# What figures of the same raw data depend on. The day of freshness is one of alarms alone. #}
{% macro run_fingerprint() %}
    {% set variables = dict(invocation_args_dict.get('vars') or {}) %}
    {% do variables.pop('freshness_checked_on', none) %}
    {{ return(code_fingerprint() ~ ' ' ~ tojson(json_value(variables), sort_keys=true)) }}
{% endmacro %}


{% macro basis_statements() %}
    {{ return([
        'update ' ~ basis_relation() ~ ' set is_published = true, as_of_date = run.as_of_date,'
        ~ ' first_receipt_date = run.first_receipt_date from ' ~ table_of('int_run__as_of')
        ~ " as run where invocation_id = '" ~ invocation_id ~ "'"
    ]) }}
{% endmacro %}
