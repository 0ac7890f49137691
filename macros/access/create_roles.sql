{#
    `koin roles`: creates the roles of pipeline_role, bi_role and campaign_role on the server where they are
    missing, and gives them what they need in this database. They are groups without login and password:
    people and tools get users of their own, `create role metabase login in role koin_bi`. Can be run again
    at any time; a variable without a value is no role.

    The pipeline may create schemas and temporary tables, reads the raw tables, and owns what it makes.
    Readers get the marts that list them (grant_to_readers).
#}
{% macro create_roles() %}
    {% set statements = [] %}
    {% set said = [] %}
    {% for variable in ['pipeline_role', 'bi_role', 'campaign_role'] if var(variable) %}
        {% set role = quoted_role(variable) %}
        {% do said.append(var(variable)) %}
        {% do statements.append(
            'do $$ begin if not exists (select 1 from pg_roles where rolname = ' ~ role
            ~ ") then execute format('create role %I', " ~ role ~ '); end if; end $$'
        ) %}
    {% endfor %}
    {% if var('pipeline_role') %}
        {% set schemas = [] %}
        {% for node in graph.sources.values() | sort(attribute='unique_id') if node.schema not in schemas %}
            {% do schemas.append(node.schema) %}
        {% endfor %}
        {% do statements.append(pipeline_grants_statement(schemas)) %}
    {% endif %}
    {% set reader_grants = reader_grants_statement() %}
    {% if reader_grants %}
        {% do statements.append(reader_grants) %}
    {% endif %}
    {% if statements %}
        {% do run_on_server(statements) %}
    {% endif %}
    {% do log('Roles ' ~ (said | join(', ') or '(none)') ~ ' are ready', info=true) %}
{% endmacro %}


{# The PostgreSQL block that lets the pipeline's role work in this database and read the raw schemas. #}
{% macro pipeline_grants_statement(schemas) %}
    {% set role = quoted_role('pipeline_role') %}
    do $$
    declare
        raw_schema text;
    begin
        execute format('grant create, temporary on database %I to %I', current_database(), {{ role }});
        foreach raw_schema in array array['{{ schemas | join("', '") }}'] loop
            if to_regnamespace(quote_ident(raw_schema)) is not null then
                execute format('grant usage on schema %I to %I', raw_schema, {{ role }});
                execute format('grant select on all tables in schema %I to %I', raw_schema, {{ role }});
            end if;
        end loop;
    end
    $$
{% endmacro %}
