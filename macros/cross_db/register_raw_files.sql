{#
    Registers a folder of files as views on DuckDB: `<raw>/<schema>/<table>.parquet|csv`, or several
    files in `<raw>/<schema>/<table>/`. The folder is COHESIVE_RAW_PATH, by default the generated sample.

    CSV is read as text, and a cell must look exactly like a value of its column's type: nothing is
    guessed, `9.900` is not a whole number. Rows with a cell that does not are left out of the view and
    listed in landing.unparseable_rows.

    Why only DuckDB: PostgreSQL reads no files; `koin load` brings them there.
#}
{% macro register_raw_files(contract, problems) %}
    {% set raw_path = env_var('COHESIVE_RAW_PATH', 'data/sample') %}
    {% set unparseable = [] %}
    {% for node in contract %}
        {% set files = raw_files(raw_path, node, problems) %}
        {% if files %}
            {% set reader = raw_reader(files) %}
            {% do find_missing_columns(files, node, problems) %}
            {% if not problems %}
                {% if files[0].endswith('.csv') %}
                    {% set body = typed_rows_of_csv(reader, node) %}
                    {% do unparseable.append(unparseable_rows_of_csv(reader, node)) %}
                {% else %}
                    {% set body = 'select * from ' ~ reader %}
                {% endif %}
                {% do run_query('create schema if not exists ' ~ node.schema) %}
                {% do run_query(
                    'create or replace view ' ~ node.schema ~ '.' ~ node.identifier ~ ' as ' ~ body
                ) %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% if not problems %}
        {% do run_query('create schema if not exists landing') %}
        {% set no_rows %}
            select
                cast(null as varchar) as source_name, cast(null as varchar) as table_name,
                cast(null as varchar) as row_key, cast(null as varchar) as column_name
            where false
        {% endset %}
        {% do run_query(
            'create or replace view landing.unparseable_rows as '
            ~ ([no_rows] + unparseable) | join(' union all ')
        ) %}
    {% endif %}
{% endmacro %}


{# The files of one table, as a list; a problem when there are none, or two kinds of them. #}
{% macro raw_files(raw_path, node, problems) %}
    {% set stem = (raw_path ~ '/' ~ node.source_name ~ '/' ~ node.name) | replace("'", "''") %}
    {% set found = [] %}
    {% set kinds = [] %}
    {% for pattern in ['.parquet', '.csv', '/*.parquet', '/*.csv'] %}
        {% set files = run_query("select file from glob('" ~ stem ~ pattern ~ "') order by file") %}
        {% if files | length > 0 %}
            {% do kinds.append(stem ~ pattern) %}
            {% for row in files %}{% do found.append(row[0]) %}{% endfor %}
        {% endif %}
    {% endfor %}
    {% if not kinds %}
        {% do problems.append(
            node.source_name ~ '.' ~ node.name ~ ': no file ' ~ stem ~ '.parquet or .csv, and no folder '
            ~ stem ~ '/ with such files'
        ) %}
    {% elif kinds | length > 1 %}
        {% do problems.append(
            node.source_name ~ '.' ~ node.name ~ ': delivered twice, as ' ~ kinds | join(' and as ')
        ) %}
        {{ return([]) }}
    {% endif %}
    {{ return(found) }}
{% endmacro %}


{% macro raw_reader(files) %}
    {% set escaped = [] %}
    {% for file in files %}{% do escaped.append("'" ~ file | replace("'", "''") ~ "'") %}{% endfor %}
    {% set file_list = '[' ~ escaped | join(', ') ~ ']' %}
    {% if files[0].endswith('.csv') %}
        {{ return(
            "read_csv(" ~ file_list ~ ", header = true, all_varchar = true, delim = ',', quote = '\"',"
            ~ " escape = '\"', nullstr = '', union_by_name = true)"
        ) }}
    {% endif %}
    {{ return('read_parquet(' ~ file_list ~ ', union_by_name = true)') }}
{% endmacro %}


{# Every file of a table must have every column: reading by name would fill a missing one with nulls. #}
{% macro find_missing_columns(files, node, problems) %}
    {% for file in files %}
        {% set names = run_query(
            'select column_name from (describe select * from ' ~ raw_reader([file]) ~ ')'
        ).columns[0].values() %}
        {% for column in node.columns.values() if column.name not in names %}
            {% do problems.append(
                node.source_name ~ '.' ~ node.name ~ '.' ~ column.name ~ ': the column is missing in ' ~ file
            ) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}


{# The exact text forms of a type: a cell that is filled and matches none of them is unparseable. #}
{% macro text_form(data_type) %}
    {% set number = modules.re.fullmatch('numeric\\(([0-9]+),([0-9]+)\\)', data_type) %}
    {% if number and number.group(2) != '0' %}
        {{ return('[+-]?[0-9]+(\\.[0-9]{1,' ~ number.group(2) ~ '})?') }}
    {% elif number or data_type == 'integer' %}
        {{ return('[+-]?[0-9]+(\\.0+)?') }}
    {% elif data_type in ('date', 'timestamp') %}
        {{ return('[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?)?') }}
    {% elif data_type == 'boolean' %}
        {{ return('(?i)(true|false|t|f|1|0)') }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}


{% macro typed_cell(column) %}
    {% set cell = 'nullif(trim("' ~ column.name ~ '"), \'\')' %}
    {{ return(
        "case when regexp_full_match(" ~ cell ~ ", '" ~ text_form(column.data_type) ~ "') then try_cast("
        ~ cell ~ ' as ' ~ column.data_type ~ ') end'
    ) }}
{% endmacro %}


{% macro unparseable_cell(column) %}
    {{ return(
        '(nullif(trim("' ~ column.name ~ '"), \'\') is not null and (' ~ typed_cell(column) ~ ') is null)'
    ) }}
{% endmacro %}


{% macro typed_columns(node) %}
    {% set columns = [] %}
    {% for column in node.columns.values() if text_form(column.data_type) %}
        {% do columns.append(column) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}


{% macro typed_rows_of_csv(reader, node) %}
    {% set cells = [] %}
    {% for column in node.columns.values() %}
        {% if text_form(column.data_type) %}
            {% do cells.append(typed_cell(column) ~ ' as "' ~ column.name ~ '"') %}
        {% else %}
            {% do cells.append('"' ~ column.name ~ '"') %}
        {% endif %}
    {% endfor %}
    {% set conditions = [] %}
    {% for column in typed_columns(node) %}
        {% do conditions.append('not ' ~ unparseable_cell(column)) %}
    {% endfor %}
    {{ return(
        'select ' ~ cells | join(', ') ~ ' from ' ~ reader ~ ' where ' ~ conditions | join(' and ')
    ) }}
{% endmacro %}


{% macro unparseable_rows_of_csv(reader, node) %}
    {% set first_column = [] %}
    {% set conditions = [] %}
    {% for column in typed_columns(node) %}
        {% do conditions.append(unparseable_cell(column)) %}
        {% do first_column.append('when ' ~ unparseable_cell(column) ~ " then '" ~ column.name ~ "'") %}
    {% endfor %}
    {% set key_parts = [] %}
    {% for name in node.config.meta.key %}
        {% do key_parts.append("coalesce(trim(\"" ~ name ~ "\"), '')") %}
    {% endfor %}
    {{ return(
        "select '" ~ node.source_name ~ "' as source_name, '" ~ node.name ~ "' as table_name, "
        ~ key_parts | join(" || '|' || ") ~ ' as row_key, case ' ~ first_column | join(' ')
        ~ ' end as column_name from ' ~ reader ~ ' where ' ~ conditions | join(' or ')
    ) }}
{% endmacro %}
