{#
    What dbt does with the config `grants` of a model that it has just built. The entries name variables of
    this project (bi_role, campaign_role), so that each database can call its roles as it likes.

    Why engines differ: DuckDB has no roles, and dbt-duckdb would warn for each model. PostgreSQL refuses
    a grant to a role that is not there, and a build must not need one. What a mart no longer lists is
    taken away at the end of the run (grant_to_readers).

    Arguments: those of dbt's macro.
#}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=true) %}
{% endmacro %}

{% macro postgres__apply_grants(relation, grant_config, should_revoke=true) %}
    {% for privilege, readers in (grant_config or {}).items() %}
        {% for reader in readers if var(reader) %}
            {% call statement('grants') %}
                do $$
                begin
                    if exists (select 1 from pg_roles where rolname = {{ quoted_role(reader) }}) then
                        execute format('grant {{ privilege }} on {{ relation }} to %I', {{ quoted_role(reader) }});
                    end if;
                end
                $$
            {% endcall %}
        {% endfor %}
    {% endfor %}
{% endmacro %}
