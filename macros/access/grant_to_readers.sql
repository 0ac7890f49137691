{#
    The end of every run on PostgreSQL: the project's readers can read each mart that exists and lists
    them, with its schema, and no other mart. A mart lists them in its config `grants: {select: [...]}`, by
    the name of the variable that holds the database's role (bi_role, campaign_role). A variable without a
    value, and a role that the server does not have, are left out. Only what differs is changed; grants
    of other roles are nobody's business here.

    Why here as well as in apply_grants: PostgreSQL lets one session at a time grant on a schema, models are
    built side by side, and a mart that is published by copy is not made by dbt's materialization.
#}
{% macro grant_to_readers() %}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% set statement = reader_grants_statement() %}
        {% if statement %}
            {% do run_on_server([statement]) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#
    The PostgreSQL block that does so. Result: SQL; none when no reader's variable has a value.
#}
{% macro reader_grants_statement() %}
    {% set entries = [] %}
    {% for node in graph.nodes.values() | sort(attribute='unique_id') %}
        {% if node.resource_type == 'model' and node.fqn[1] == 'marts' %}
            {% for reader in ['bi_role', 'campaign_role'] if var(reader) %}
                {% do entries.append(
                    "('" ~ node.schema ~ "', '" ~ node.alias ~ "', " ~ quoted_role(reader)
                    ~ ', ' ~ (reader in (node.config.get('grants') or {}).get('select', [])) | lower ~ ')'
                ) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% set statement %}
        do $$
        declare
            entry record;
        begin
            for entry in
                select
                    listed.schema_name,
                    listed.role_name,
                    listed.may_read,
                    to_regclass(format('%I.%I', listed.schema_name, listed.table_name)) as mart
                from (
                    values
                    {{ entries | join(',\n') }}
                ) as listed (schema_name, table_name, role_name, may_read)
                inner join pg_roles
                    on listed.role_name = pg_roles.rolname
                where to_regclass(format('%I.%I', listed.schema_name, listed.table_name)) is not null
            loop
                if entry.may_read then
                    if not has_schema_privilege(entry.role_name, entry.schema_name, 'usage') then
                        execute format('grant usage on schema %I to %I', entry.schema_name, entry.role_name);
                    end if;
                    if not has_table_privilege(entry.role_name, entry.mart, 'select') then
                        execute format('grant select on %s to %I', entry.mart, entry.role_name);
                    end if;
                elsif has_table_privilege(entry.role_name, entry.mart, 'select') then
                    execute format('revoke all on %s from %I', entry.mart, entry.role_name);
                end if;
            end loop;
        end
        $$
    {% endset %}
    {{ return(statement if entries else none) }}
{% endmacro %}


{# A variable with the name of a role, as a text literal: 'koin_bi'. #}
{% macro quoted_role(variable) %}
    {{ return("'" ~ dbt.escape_single_quotes(var(variable) | string) ~ "'") }}
{% endmacro %}
