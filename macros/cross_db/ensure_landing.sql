{#
    Makes the raw tables and landing.unparseable_rows readable. PostgreSQL holds tables already; only
    landing is made when no load made it. DuckDB alone reads files: each delivered file or folder
    becomes a view `<schema>.<table>`.

    Why the engines differ: files are DuckDB's way of delivery, schemas are PostgreSQL's.
#}
{% macro ensure_landing(source_database, contract, problems) %}
    {{ return(adapter.dispatch('ensure_landing', 'koin_loyalty')(source_database, contract, problems)) }}
{% endmacro %}

{% macro default__ensure_landing(source_database, contract, problems) %}
    {% do create_empty_landing(none) %}
{% endmacro %}

{% macro duckdb__ensure_landing(source_database, contract, problems) %}
    {% do warn_of_wrong_rewrite() %}
    {% if source_database != target.database %}
        {% do create_empty_landing(source_database) %}
    {% else %}
        {% do warn_of_building_in_place() %}
        {% do register_raw_files(contract, problems) %}
    {% endif %}
{% endmacro %}

{#
    Whether the raw tables are files, of which rows that do not fit were left out as they were registered. Why the
    engines differ: a server holds tables as somebody made them.
#}
{% macro raw_tables_are_files(source_database) %}
    {{ return(adapter.dispatch('raw_tables_are_files', 'koin_loyalty')(source_database)) }}
{% endmacro %}

{% macro default__raw_tables_are_files(source_database) %}
    {{ return(false) }}
{% endmacro %}

{% macro duckdb__raw_tables_are_files(source_database) %}
    {{ return(source_database == target.database) }}
{% endmacro %}

{#
    DuckDB 1.5 can join back the wrong column when it rewrites `row_number() ... = 1`; the profile turns
    the rewrite off. A profile without it is not wrong for certain, so the run goes on, but says so.
#}
{% macro warn_of_wrong_rewrite() %}
    {% set disabled = run_query("select current_setting('disabled_optimizers')")[0][0] or '' %}
    {% if 'top_n_window_elimination' not in disabled %}
        {% do exceptions.warn(
            'The profile lacks the DuckDB setting `disabled_optimizers: top_n_window_elimination` of '
            ~ 'profiles.example.yml: DuckDB 1.5 may give wrong rows without it.'
        ) %}
    {% endif %}
{% endmacro %}

{# A profile without the plugin of profiles.example.yml builds in the file that readers open. #}
{% macro warn_of_building_in_place() %}
    {% if target.database != 'memory' and not has_readers_file() and flags.WHICH != 'run-operation' %}
        {% do exceptions.warn(
            'The profile lacks the path and the plugin koin_loyalty.duckdb_file of profiles.example.yml: '
            ~ 'marts are written one by one into the file that readers open, before they are tested.'
        ) %}
    {% endif %}
{% endmacro %}

{% macro create_empty_landing(source_database) %}
    {% set prefix = source_database ~ '.' if source_database else '' %}
    {% set statements %}
        create schema if not exists {{ prefix }}landing;
        create table if not exists {{ prefix }}landing.unparseable_rows (
            source_name varchar, table_name varchar, row_key varchar, column_name varchar, _loaded_at timestamp
        );
        -- One that an earlier version made does not know when its rows arrived.
        alter table {{ prefix }}landing.unparseable_rows add column if not exists _loaded_at timestamp;
    {% endset %}
    {% do run_query(statements) %}
    {#- psycopg2 opened a transaction of its own, which nothing else would commit. -#}
    {% if not source_database %}{% do run_query('commit') %}{% endif %}
{% endmacro %}


{#
    The columns of the source schemas that can be read, as (schema, table, column, type).

    Why the engines differ: PostgreSQL's information_schema knows no materialized views, and DuckDB has one of its own
    for what it attached. Types have the names of information_schema in both.
#}
{% macro delivered_columns_query(source_database, contract) %}
    {{ return(adapter.dispatch('delivered_columns_query', 'koin_loyalty')(source_database, contract)) }}
{% endmacro %}

{% macro default__delivered_columns_query(source_database, contract) %}
    {% set schemas = contract | map(attribute='schema') | unique | list %}
    with delivered_columns as (
        select
            schemas.nspname as table_schema,
            relations.relname as table_name,
            columns.attname as column_name,
            case when types.typtype = 'd' then types.typbasetype else types.oid end as type_id,
            case when types.typtype = 'd' then types.typtypmod else columns.atttypmod end as type_modifier
        from pg_catalog.pg_class as relations
        inner join pg_catalog.pg_namespace as schemas
            on relations.relnamespace = schemas.oid
        inner join pg_catalog.pg_attribute as columns
            on relations.oid = columns.attrelid
        inner join pg_catalog.pg_type as types
            on columns.atttypid = types.oid
        where
            schemas.nspname in ('{{ schemas | join("', '") }}')
            -- Tables, partitioned and foreign ones, views and materialized views.
            and relations.relkind in ('r', 'p', 'f', 'v', 'm')
            and columns.attnum > 0
            and not columns.attisdropped
            and has_column_privilege(relations.oid, columns.attnum, 'select')
    )

    select
        delivered_columns.table_schema,
        delivered_columns.table_name,
        delivered_columns.column_name,
        case
            when types.typnamespace <> cast('pg_catalog' as regnamespace) then 'USER-DEFINED'
            when types.typname = 'numeric'
                then format_type(delivered_columns.type_id, delivered_columns.type_modifier)
            else format_type(delivered_columns.type_id, null)
        end as data_type
    from delivered_columns
    inner join pg_catalog.pg_type as types
        on delivered_columns.type_id = types.oid
{% endmacro %}

{% macro duckdb__delivered_columns_query(source_database, contract) %}
    {% set schemas = contract | map(attribute='schema') | unique | list %}
    select
        table_schema,
        table_name,
        column_name,
        case
            when data_type = 'numeric' and numeric_scale is not null
                then 'numeric(' || numeric_precision || ',' || numeric_scale || ')'
            else data_type
        end as data_type
    from information_schema.columns
    where
        table_schema in ('{{ schemas | join("', '") }}')
        and table_catalog = '{{ source_database }}'
{% endmacro %}
