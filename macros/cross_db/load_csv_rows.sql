{#
    How dbt fills the table of a seed.

    Why engines differ: elsewhere dbt reads the file itself, and a cell of white space alone or of the word null is
    null. DuckDB reads it some twenty seconds a build sooner, and would keep both as text.

    Arguments: model - the seed as a node; agate_table - what dbt read.
    Result: the statement that read the file.
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
