{#
    How dbt fills the table of a seed.

    Why engines differ: on PostgreSQL dbt reads the file itself, and a cell of white space alone or of the word null is
    null. DuckDB reads it some twenty seconds a build sooner, and would keep both as text. The driver of PostgreSQL
    writes a row for one placeholder; dbt would call two macros for the placeholder of each cell, twenty seconds a
    build for the places of members.

    Arguments: model - the seed as a node; agate_table - what dbt read.
    Result: what filled the table.
#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set read_file %}
        copy {{ this.render() }} from {{ text_literal(adapter.get_seed_file_path(model)) }}
        (format csv, header true, nullstr ['', 'null', 'NULL', 'Null'])
    {% endset %}
    {% do adapter.add_query(read_file, abridge_sql_log=True) %}
    {% set cells = [] %}
    {% for column in adapter.get_columns_in_relation(this) if column.is_string() %}
        {% do cells.append(
            column.quoted ~ ' = case when ' ~ clean_word(column.quoted) ~ " <> 'null' then " ~ column.quoted ~ ' end'
        ) %}
    {% endfor %}
    {% if cells %}
        {% do adapter.add_query('update ' ~ this.render() ~ ' set ' ~ cells | join(', ')) %}
    {% endif %}
    {{ return(read_file) }}
{% endmacro %}


{% macro postgres__load_csv_rows(model, agate_table) %}
    {% set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
    {% set statements = [] %}
    {% for rows in agate_table.rows | batch(get_batch_size()) %}
        {% set add_rows %}
            insert into {{ this.render() }} ({{ columns }}) values {{ (['%s'] * rows | length) | join(', ') }}
        {% endset %}
        {% set cells = [] %}
        {% for row in rows %}
            {% do cells.append(row.values()) %}
        {% endfor %}
        {% do adapter.add_query(add_rows, bindings=cells, abridge_sql_log=True) %}
        {% do statements.append(add_rows) %}
    {% endfor %}
    {{ return(statements | join(";")) }}
{% endmacro %}
