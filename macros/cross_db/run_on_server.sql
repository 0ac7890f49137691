{#
    Runs statements on the PostgreSQL where readers look, in one transaction. On DuckDB over PostgreSQL that
    is the attached server, on PostgreSQL the target itself; DuckDB alone has no server, and nothing is run
    by a build there.

    Arguments: statements - a list of PostgreSQL statements without the semicolon at the end.
    Result: none, or an error: of the server, or, for a run-operation, that there is none.
#}
{% macro run_on_server(statements) %}
    {{ return(adapter.dispatch('run_on_server', 'koin_loyalty')(statements)) }}
{% endmacro %}

{% macro default__run_on_server(statements) %}
    {% call statement('run_on_server', auto_begin=False) %}
        begin;
        {{ statements | join(';\n') }};
        commit;
    {% endcall %}
{% endmacro %}

{% macro duckdb__run_on_server(statements) %}
    {% if marts_are_published() %}
        {% do run_query('begin transaction') %}
        {% for statement in statements %}
            {% do run_on_postgres(statement) %}
        {% endfor %}
        {% do run_query('commit') %}
    {% elif flags.WHICH == 'run-operation' %}
        {% do exceptions.raise_compiler_error(
            'Target ' ~ target.name ~ ' has no server: use --target postgres or duckdb_postgres'
        ) %}
    {% endif %}
{% endmacro %}
