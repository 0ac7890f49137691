{#
    The run ledger, quality.build_runs: a row for each `dbt build`, also a failed one. It says when a run
    was and what code ran, so it is the one relation that differs between two builds of the same data.

    run_record: the row of this run, as a mapping from the ledger's columns to their SQL.
    Arguments: results - dbt's results; status - published, failed, not_published.
#}
{% macro run_record(results, status) %}
    {% set counts = {'model': 0, 'test': 0, 'warn': 0, 'fail': 0, 'skipped': 0} %}
    {% set troubled = [] %}
    {% set rows_by_mart = {} %}
    {% for result in results %}
        {% set kind = {'unit_test': 'test'}.get(result.node.resource_type, result.node.resource_type) %}
        {% set outcome = {'error': 'fail', 'partial success': 'fail'}.get(result.status, result.status) | string %}
        {% for what in [kind, outcome] if what in counts %}
            {% do counts.update({what: counts[what] + 1}) %}
        {% endfor %}
        {% if outcome in ('warn', 'fail') %}
            {% do troubled.append(result.node.name ~ ' ' ~ outcome) %}
        {% endif %}
        {% if kind == 'model' and result.node.fqn[1] == 'marts' and result.status == 'success' %}
            {% do rows_by_mart.update({result.node.schema ~ '.' ~ result.node.alias: built_rows(result)}) %}
        {% endif %}
    {% endfor %}
    {% set data = data_of_run(results) %}
    {% set selection = [] %}
    {% for option in ('select', 'exclude', 'selector') if invocation_args_dict.get(option) %}
        {% set value = invocation_args_dict[option] %}
        {% do selection.append('--' ~ option ~ ' ' ~ (value if value is string else value | join(' '))) %}
    {% endfor %}
    {{ return({
        'invocation_id': text_literal(invocation_id),
        'started_at': text_literal(run_started_at.strftime('%Y-%m-%d %H:%M:%S')),
        'code_version': text_literal(code_version()),
        'target_name': text_literal(target.name),
        'selection': text_literal(selection | join(' ') or none),
        'variables': text_literal(tojson(json_value(invocation_args_dict.get('vars') or {}), sort_keys=true)),
        'status': text_literal(status),
        'as_of_date': text_literal(data[0]),
        'last_loaded_at': text_literal(data[1]),
        'model_count': counts['model'],
        'test_count': counts['test'],
        'warning_count': counts['warn'],
        'failure_count': counts['fail'],
        'skipped_count': counts['skipped'],
        'mart_row_count': rows_by_mart.values() | sum,
        'mart_row_counts': text_literal(tojson(rows_by_mart, sort_keys=true)),
        'troubles': text_literal(troubled | sort | join('; ') or none),
    }) }}
{% endmacro %}


{#
    A value as JSON can say it: dates, which YAML reads, are texts.
    Example: {'freshness_checked_on': a date} gives {'freshness_checked_on': '2025-11-03'}.
#}
{% macro json_value(value) %}
    {% if value is none or value is string or value is number or value is boolean %}
        {{ return(value) }}
    {% elif value is mapping %}
        {% set found = {} %}
        {% for key, item in value.items() %}
            {% do found.update({key | string: json_value(item)}) %}
        {% endfor %}
        {{ return(found) }}
    {% elif value is iterable %}
        {% set found = [] %}
        {% for item in value %}
            {% do found.append(json_value(item)) %}
        {% endfor %}
        {{ return(found) }}
    {% endif %}
    {{ return(value | string) }}
{% endmacro %}


{# A text as SQL; null for none. #}
{% macro text_literal(value) %}
    {{ return('null' if value is none else dbt.string_literal(dbt.escape_single_quotes(value | string))) }}
{% endmacro %}


{# What a run says of its data, (as-of date, greatest _loaded_at) as text; nulls when it did not get there. #}
{% macro data_of_run(results) %}
    {% set model = graph.nodes['model.koin_loyalty.int_run__as_of'] %}
    {% set relation = adapter.get_relation(model.database, model.schema, model.alias) %}
    {% for result in results if result.node.name == model.name and result.status != 'success' %}
        {{ return([none, none]) }}
    {% endfor %}
    {% if relation is none %}
        {{ return([none, none]) }}
    {% endif %}
    {% set found = run_query(
        'select cast(as_of_date as varchar), cast(last_loaded_at as varchar) from ' ~ relation
    ) %}
    {{ return(found[0].values() if found | length > 0 else [none, none]) }}
{% endmacro %}


{#
    The statements that add a run to the ledger, which they make when it is not there yet.

    Arguments: run - result of run_record; prefix - what stands before the schema, as `readers.`.
#}
{% macro record_statements(run, prefix='') %}
    {% set ledger = graph.nodes['model.koin_loyalty.build_runs'] %}
    {% set table_name = prefix ~ '"' ~ ledger.schema ~ '"."' ~ ledger.alias ~ '"' %}
    {% set definitions = [] %}
    {% set cells = [] %}
    {% for column in ledger.columns.values() %}
        {% do definitions.append(column.name ~ ' ' ~ column.data_type) %}
        {% do cells.append('cast(' ~ run[column.name] ~ ' as ' ~ column.data_type ~ ')') %}
    {% endfor %}
    {{ return([
        'create schema if not exists ' ~ prefix ~ '"' ~ ledger.schema ~ '"',
        'create table if not exists ' ~ table_name ~ ' (' ~ definitions | join(', ') ~ ')',
        'insert into ' ~ table_name ~ ' (' ~ ledger.columns.keys() | join(', ') ~ ') select '
        ~ cells | join(', '),
    ]) }}
{% endmacro %}
