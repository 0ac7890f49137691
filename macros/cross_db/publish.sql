{#
    How what a build made gets to readers, all at once, and its row into the run ledger in the same step.

    Engines differ: DuckDB alone builds a file beside the one that readers open and puts it in its place.
    DuckDB over PostgreSQL copies marts from its work file in one transaction. PostgreSQL has built them in
    schemas beside (build_beside.sql), and moves the tables in one transaction.

    publish - arguments: marts - nodes of the marts that were built; run - result of run_record.
    record_run - the ledger's row alone, for a run that publishes nothing.
    readers_place - where readers look, in words.
    built_rows - rows of a mart that was built; argument: its result.
#}
{% macro publish(marts, run) %}
    {{ return(adapter.dispatch('publish', 'koin_loyalty')(marts, run)) }}
{% endmacro %}

{% macro record_run(run) %}
    {{ return(adapter.dispatch('record_run', 'koin_loyalty')(run)) }}
{% endmacro %}

{% macro readers_place() %}
    {{ return(adapter.dispatch('readers_place', 'koin_loyalty')()) }}
{% endmacro %}

{% macro built_rows(result) %}
    {{ return(adapter.dispatch('built_rows', 'koin_loyalty')(result)) }}
{% endmacro %}


{% macro default__publish(marts, run) %}
    {% set statements = [] %}
    {% for mart in marts if is_built_beside(mart) %}
        {% set next_schema = mart.schema ~ '__next' %}
        {#- A new mart gets the default privileges of its schema this way. -#}
        {% do statements.append(
            'create table if not exists "' ~ mart.schema ~ '"."' ~ mart.alias
            ~ '" (like "' ~ next_schema ~ '"."' ~ mart.alias ~ '")'
        ) %}
        {% if kept_by(mart.name) %}
            {% do statements.append(keep_rows_statement(
                mart.schema, mart.alias, kept_by(mart.name), mart.columns.keys() | join(', '), next_schema, mart.alias
            )) %}
        {% endif %}
        {% do statements.append(swap_table_statement(mart.schema, mart.alias, next_schema, mart.alias)) %}
    {% endfor %}
    {% for schema in schemas_beside(marts) %}
        {% do statements.append('drop schema if exists "' ~ schema ~ '"') %}
    {% endfor %}
    {% do run_in_transaction(statements + basis_statements() + record_statements(run)) %}
{% endmacro %}

{% macro duckdb__publish(marts, run) %}
    {% if marts_are_published() %}
        {% set copies = [] %}
        {% for mart in marts %}
            {% do copies.append({
                'schema': mart.schema,
                'identifier': mart.alias,
                'query': 'select * from "' ~ mart.schema ~ '"."' ~ mart.alias ~ '"',
                'kept_by': kept_by(mart.name),
                'columns': mart.columns.keys() | join(', '),
            }) %}
        {% endfor %}
        {% do copy_to_postgres(copies, statements=record_statements(run)) %}
        {#- In the work file. A process that dies between the two makes the next build one from nothing. -#}
        {% for statement in basis_statements() %}
            {% do run_query(statement) %}
        {% endfor %}
    {% else %}
        {% for statement in basis_statements() + record_statements(run) %}
            {% do run_query(statement) %}
        {% endfor %}
        {% do publish_work_file() %}
    {% endif %}
{% endmacro %}


{% macro default__record_run(run) %}
    {% do run_in_transaction(record_statements(run)) %}
{% endmacro %}

{% macro duckdb__record_run(run) %}
    {% if marts_are_published() %}
        {% do copy_to_postgres([], statements=record_statements(run)) %}
    {% elif has_readers_file() %}
        {% set copied = run_query('select koin_copy_of_readers_file()')[0][0] %}
        {% do run_query("attach '" ~ copied | replace("'", "''") ~ "' as readers") %}
        {% for statement in record_statements(run, 'readers.') %}
            {% do run_query(statement) %}
        {% endfor %}
        {% do run_query('detach readers') %}
        {% do run_query("select koin_publish('" ~ copied | replace("'", "''") ~ "')") %}
    {% endif %}
{% endmacro %}


{#
    Runs statements in PostgreSQL, all or none. dbt commits before the hooks of a run's end by SQL, of which
    psycopg2 does not know, so that it begins no transaction for what comes next. One statement after the
    other: the server does not go on, and commits nothing, when the process that asks has died.
#}
{% macro run_in_transaction(statements) %}
    {% for statement in ['begin'] + statements + ['commit'] %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}


{% macro default__readers_place() %}
    {{ return('PostgreSQL') }}
{% endmacro %}

{% macro duckdb__readers_place() %}
    {{ return('PostgreSQL' if marts_are_published() else 'the DuckDB file') }}
{% endmacro %}


{% macro default__built_rows(result) %}
    {{ return(result.adapter_response.get('rows_affected', 0)) }}
{% endmacro %}

{% macro duckdb__built_rows(result) %}
    {{ return(run_query('select count(*) from "' ~ result.node.schema ~ '"."' ~ result.node.alias ~ '"')[0][0] | int) }}
{% endmacro %}


{# End of `koin deliver`: state was written where readers read it, but on DuckDB in the work file. #}
{% macro publish_delivery() %}
    {{ return(adapter.dispatch('publish_delivery', 'koin_loyalty')()) }}
{% endmacro %}

{% macro default__publish_delivery() %}
{% endmacro %}

{% macro duckdb__publish_delivery() %}
    {% if not marts_are_published() %}
        {% do publish_work_file() %}
    {% endif %}
{% endmacro %}


{# Whether this DuckDB target builds beside the file that readers open: its profile says so. #}
{% macro has_readers_file() %}
    {% set found = run_query("select count(*) from duckdb_functions() where function_name = 'koin_publish'") %}
    {{ return(found[0][0] > 0) }}
{% endmacro %}


{#
    Closes the work file of a DuckDB target and puts it in the place of the readers' file. Nothing can be
    asked of the database after this: it is the last thing that a command does. In a file without readers
    (`:memory:`) everything stays as it is.
#}
{% macro publish_work_file() %}
    {% if has_readers_file() %}
        {% set work_file = run_query('select koin_work_file()')[0][0] %}
        {% do run_query('checkpoint') %}
        {% do run_query("attach ':memory:' as nothing_open") %}
        {% do run_query('use nothing_open') %}
        {% do run_query('detach "' ~ target.database ~ '"') %}
        {% do run_query("select koin_publish('" ~ work_file | replace("'", "''") ~ "')") %}
    {% endif %}
{% endmacro %}
