{#
    What the next build may go on from: one row beside the staging models that says what the last
    published build was made with. It stands for a whole build of one code, one set of variables and one
    engine version; a build takes it away as it begins and puts it back in the step that publishes, so that after a
    failed, killed or partial one, or after `dbt run`, the next is a build from nothing, unless a target works on a
    copy that is thrown away. A part of the project
    that changes nothing of what is kept, as a check of requests, leaves it alone.

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
            ~ ' as_of_date date, first_receipt_date date, is_incremental boolean, is_tested boolean,'
            ~ ' is_published boolean)'
        ) %}
        {% set known = run_query(
            'select fingerprint, is_published, cast(as_of_date as varchar), cast(first_receipt_date as varchar),'
            ~ ' is_tested from ' ~ basis
        ) %}
        {% set last = known[0].values() if known | length > 0 else [none, false, none, none, false] %}
        {% set is_whole = flags.WHICH == 'build' and is_whole_build() %}
        {% set reason = reason_for_building_anew(last, is_whole) %}
        {% if is_whole %}
            {% do run_query('delete from ' ~ basis) %}
            {% do run_query(
                'insert into ' ~ basis ~ ' values (' ~ text_literal(invocation_id) ~ ', '
                ~ text_literal(run_fingerprint()) ~ ', cast(' ~ text_literal(last[2]) ~ ' as date), cast('
                ~ text_literal(last[3]) ~ ' as date), ' ~ (reason is none) ~ ', '
                ~ (tests_everything() and (reason is not none or last[4])) ~ ', false)'
            ) %}
        {% elif changes_what_is_kept() %}
            {% do run_query('delete from ' ~ basis) %}
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


{% macro reason_for_building_anew(last, is_whole) %}
    {% set fingerprint = run_fingerprint() %}
    {% if flags.FULL_REFRESH %}
        {{ return('--full-refresh') }}
    {% elif not is_whole %}
        {{ return('a part of the project') }}
    {% elif var('as_of_date') | string != '' %}
        {{ return('the variable as_of_date is set') }}
    {% elif not last[1] or last[2] is none or last[3] is none %}
        {{ return('no whole build was published before') }}
    {% elif fingerprint.startswith('unknown') %}
        {{ return('the version of the code is not known') }}
    {% elif last[0] != fingerprint %}
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
    {{ return(selects_every(['model', 'seed'])) }}
{% endmacro %}


{# Whether every test of data runs: rows that are kept need not be tested again only if they were once. #}
{% macro tests_everything() %}
    {{ return(selects_every(['test'])) }}
{% endmacro %}


{% macro selects_every(resource_types) %}
    {% for node in graph.nodes.values() if node.resource_type in resource_types %}
        {% if node.config.enabled and node.unique_id not in selected_resources %}
            {{ return(false) }}
        {% endif %}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}


{#
    Whether a part of the project that is built makes something anew that incremental models keep, or that they
    are made of: anything from raw data at or above them. A check of requests does not.
#}
{% macro changes_what_is_kept() %}
    {% set above = ancestors(
        graph.nodes.values() | selectattr('config.materialized', 'equalto', 'incremental') | map(attribute='unique_id') | list
    ) %}
    {% for unique_id in selected_resources if unique_id in above and unique_id.startswith('model.') %}
        {% for ancestor in ancestors([unique_id]) if ancestor.startswith('source.') %}
            {{ return(true) }}
        {% endfor %}
    {% endfor %}
    {{ return(false) }}
{% endmacro %}


{# Nodes of the graph and all that they stand on, as a list of ids. #}
{% macro ancestors(unique_ids) %}
    {% set found = {} %}
    {% set waiting = unique_ids | list %}
    {% for _ in range(10000) if waiting %}
        {% set unique_id = waiting.pop() %}
        {% if unique_id not in found %}
            {% do found.update({unique_id: true}) %}
            {% do waiting.extend(graph.nodes[unique_id].depends_on.nodes if unique_id in graph.nodes else []) %}
        {% endif %}
    {% endfor %}
    {{ return(found.keys() | list) }}
{% endmacro %}


{# What figures of the same raw data depend on. The day of freshness is one of alarms alone. #}
{% macro run_fingerprint() %}
    {% set variables = dict(invocation_args_dict.get('vars') or {}) %}
    {% do variables.pop('freshness_checked_on', none) %}
    {{ return(code_fingerprint() ~ ' ' ~ tojson(json_value(variables), sort_keys=true)) }}
{% endmacro %}


{% macro basis_statements() %}
    {% set whole = run_query(
        'select count(*) from ' ~ basis_relation() ~ " where invocation_id = '" ~ invocation_id ~ "'"
    ) %}
    {% if whole[0][0] == 0 %}
        {{ return([]) }}
    {% endif %}
    {{ return([
        'update ' ~ basis_relation() ~ ' set is_published = true, as_of_date = run.as_of_date,'
        ~ ' first_receipt_date = run.first_receipt_date from ' ~ table_of('int_run__as_of')
        ~ " as run where invocation_id = '" ~ invocation_id ~ "'"
    ]) }}
{% endmacro %}
