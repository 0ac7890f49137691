{#
    Copies relations of a DuckDB target to the attached PostgreSQL `wh`, all in one transaction: each is
    written by a binary COPY into a table beside the old one, and at the end all the new tables take the
    old ones' names and grants. Readers see the old content until the commit; when anything fails, or the
    process dies, PostgreSQL rolls the whole copy back.

    Why only DuckDB: the other engines build where their data live.

    Arguments: copies - a list of mappings: `schema` and `identifier` of the table to write, `query` with
    its rows and types; for a table that is written between builds too `kept_by`, the column whose new
    values stay, and its `columns`; replace - false adds the rows to what the tables hold; statements -
    SQL for PostgreSQL that ends the transaction.
    Result: none; the log says how many rows each table got, as `copied <schema>.<identifier>: <rows>`.
#}
{% macro copy_to_postgres(copies, replace=true, statements=[]) %}
    {% do run_query('begin transaction') %}
    {% for schema in copies | map(attribute='schema') | unique %}
        {% do run_query('create schema if not exists wh."' ~ schema ~ '"') %}
    {% endfor %}
    {% for copy in copies %}
        {% do log('copying ' ~ copy.schema ~ '.' ~ copy.identifier, info=flags.WHICH == 'run-operation') %}
        {% if replace %}
            {% set table_name = '"' ~ copy.schema ~ '"."' ~ copy.identifier ~ '__next"' %}
            {% do run_query('drop table if exists wh.' ~ table_name) %}
            {% set written = run_query('create table wh.' ~ table_name ~ ' as ' ~ copy.query) %}
        {% else %}
            {% set table_name = '"' ~ copy.schema ~ '"."' ~ copy.identifier ~ '"' %}
            {% do run_query(
                'create table if not exists wh.' ~ table_name ~ ' as select * from ('
                ~ copy.query ~ ') as no_rows where false'
            ) %}
            {% set written = run_query('insert into wh.' ~ table_name ~ ' by name ' ~ copy.query) %}
        {% endif %}
        {% do run_on_postgres('analyze ' ~ table_name) %}
        {% do log('copied ' ~ copy.schema ~ '.' ~ copy.identifier ~ ': ' ~ written[0][0], info=true) %}
    {% endfor %}
    {% if replace %}
        {% for copy in copies if copy.kept_by %}
            {% do run_on_postgres(
                keep_rows_statement(
                    copy.schema, copy.identifier, copy.kept_by, copy.columns, copy.schema, copy.identifier ~ '__next'
                )
            ) %}
        {% endfor %}
        {% for copy in copies %}
            {% do run_on_postgres(swap_table_statement(
                copy.schema, copy.identifier, copy.schema, copy.identifier ~ '__next'
            )) %}
        {% endfor %}
    {% endif %}
    {% for statement in statements %}
        {% do run_on_postgres(statement) %}
    {% endfor %}
    {% do run_query('commit') %}
{% endmacro %}


{#
    The PostgreSQL block that takes over rows that came to a table while the new one was made: those whose
    value of a column the new table does not know. Nobody can add more until the swap.
#}
{% macro keep_rows_statement(schema, identifier, column, columns, new_schema, new_identifier) %}
    {% set old_table = '"' ~ schema ~ '"."' ~ identifier ~ '"' %}
    {% set new_table = '"' ~ new_schema ~ '"."' ~ new_identifier ~ '"' %}
    do $$
    begin
        if to_regclass('{{ old_table }}') is not null then
            lock table {{ old_table }} in access exclusive mode;
            insert into {{ new_table }} ({{ columns }})
            select {{ columns }} from {{ old_table }}
            where {{ column }} not in (select {{ column }} from {{ new_table }});
        end if;
    end
    $$
{% endmacro %}


{# Runs a statement on the attached PostgreSQL itself, inside DuckDB's transaction. #}
{% macro run_on_postgres(statement) %}
    {% do run_query("call postgres_execute('wh', '" ~ statement | replace("'", "''") ~ "')") %}
{% endmacro %}


{#
    The PostgreSQL block that puts a new table in the place of a table, with its grants. A table on which
    views stand cannot go: its rows are replaced instead, which takes longer. When its columns changed too,
    PostgreSQL refuses, and the views have to be dropped by whoever made them.
#}
{% macro swap_table_statement(schema, identifier, new_schema, new_identifier) %}
    {% set old_table = '"' ~ schema ~ '"."' ~ identifier ~ '"' %}
    {% set new_table = '"' ~ new_schema ~ '"."' ~ new_identifier ~ '"' %}
    do $$
    declare
        held record;
    begin
        if exists (
            select 1
            from pg_depend
            where
                refobjid = to_regclass('{{ old_table }}')
                and classid = 'pg_rewrite'::regclass
        ) then
            delete from {{ old_table }};
            insert into {{ old_table }} select * from {{ new_table }};
            drop table {{ new_table }};
        else
            for held in
                select distinct
                    grantee,
                    privilege_type
                from information_schema.role_table_grants
                where
                    table_schema = '{{ schema }}'
                    and table_name = '{{ identifier }}'
                    and grantee <> current_user
            loop
                execute format(
                    'grant %s on {{ new_table }} to %s',
                    held.privilege_type,
                    case held.grantee when 'PUBLIC' then 'public' else quote_ident(held.grantee) end
                );
            end loop;
            drop table if exists {{ old_table }};
            {% if new_schema != schema -%}
                alter table {{ new_table }} set schema "{{ schema }}";
            {%- else -%}
                alter table {{ new_table }} rename to "{{ identifier }}";
            {%- endif %}
        end if;
    end
    $$
{% endmacro %}
