{#
    Registers a folder of files as views on DuckDB: `<raw>/<schema>/<table>.parquet|csv`, or several
    files in `<raw>/<schema>/<table>/`. The folder is COHESIVE_RAW_PATH, by default the generated sample.

    CSV is read as text, and a cell must look exactly like a value of its column's type: nothing is
    guessed, `9.900` is not a whole number. White space around it is none of it, and NUL is no character: C
    pads with it, and PostgreSQL holds none. A number in Parquet may have no more decimals than its column.
    Rows with a cell that does not fit are left out of the view and listed in landing.unparseable_rows.

    Why only DuckDB: PostgreSQL reads no files; `koin load` brings them there.
#}
{% macro register_raw_files(contract, problems) %}
    {% set raw_path = env_var('COHESIVE_RAW_PATH', 'data/sample') %}
    {% set unparseable = [] %}
    {% for node in contract %}
        {% set files = raw_files(raw_path, node, problems) %}
        {% if files %}
            {% set headers = find_missing_columns(files, node, problems) %}
            {% if not problems %}
                {% do find_unreadable_lines(files, node, headers, problems) %}
            {% endif %}
            {% if not problems %}
                {% set reader = raw_reader(files, node, headers) %}
                {% if files[0].endswith('.csv') %}
                    {% set body = typed_rows_of_csv(reader, node) %}
                    {% do unparseable.append(unparseable_rows(reader, node, unparseable_cells_of_csv(node))) %}
                {% else %}
                    {% set types = types_of_parquet(reader, node) %}
                    {% set misfits = unparseable_cells_of_parquet(types, node) %}
                    {% set body = rows_of_parquet(reader, types, misfits, node) %}
                    {% if misfits %}
                        {% do unparseable.append(unparseable_rows(reader, node, misfits)) %}
                    {% endif %}
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
                cast(null as varchar) as row_key, cast(null as varchar) as column_name,
                cast(null as timestamp) as _loaded_at
            where false
        {% endset %}
        {% do run_query(
            'create or replace view landing.unparseable_rows as '
            ~ ([no_rows] + unparseable) | join(' union all ')
        ) %}
    {% endif %}
{% endmacro %}


{#
    The files of one table, as a list; a problem when there are none, or two kinds of them, or others
    whose rows would be lost without a word.
#}
{% macro raw_files(raw_path, node, problems) %}
    {% set stem = raw_path ~ '/' ~ node.source_name ~ '/' ~ node.name %}
    {% set found = [] %}
    {% set kinds = [] %}
    {% for pattern in ['.parquet', '.csv', '/*.parquet', '/*.csv'] %}
        {% set files = run_query(
            "select file from glob(" ~ path_pattern(stem, pattern) ~ ") order by file"
        ) %}
        {% if files | length > 0 %}
            {% do kinds.append(stem ~ pattern) %}
            {% for row in files %}{% do found.append(row[0]) %}{% endfor %}
        {% endif %}
    {% endfor %}
    {% for file in unread_files(stem) if file not in found %}
        {% do problems.append(
            node.source_name ~ '.' ~ node.name ~ ': ' ~ file ~ ': nobody would read it: files are .parquet'
            ~ ' or .csv, in lower case, in the folder itself'
        ) %}
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


{#
    Everything in a table's folder and below it, and files beside it that a name in lower case would make
    the table's, but what other programs leave there: `_SUCCESS`, `.DS_Store`.
#}
{% macro unread_files(stem) %}
    {% set found = [] %}
    {% for pattern in ['/*', '/*/**', '.*'] %}
        {% for row in run_query(
            "select file from glob(" ~ path_pattern(stem, pattern) ~ ") order by file"
        ) %}
            {% set name = row[0].split(stem.split('/')[-2:] | join('/'))[-1] %}
            {% set is_left_behind = modules.re.search('/[_.]', name) %}
            {% set is_beside = pattern == '.*' and name | lower not in ('.parquet', '.csv') %}
            {% if not is_left_behind and not is_beside %}{% do found.append(row[0]) %}{% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{#
    A path, and a pattern after it, as a SQL literal in which only the pattern is one: in the path `[`, `*`
    and `?` stand for themselves, so that a folder `raw [2]` is that folder and no other.
#}
{% macro path_pattern(path, pattern='') %}
    {% set literal = path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') %}
    {{ return("'" ~ (literal ~ pattern) | replace("'", "''") ~ "'") }}
{% endmacro %}


{% macro quoted_file_list(files) %}
    {% set escaped = [] %}
    {% for file in files %}{% do escaped.append(path_pattern(file)) %}{% endfor %}
    {{ return('[' ~ escaped | join(', ') ~ ']') }}
{% endmacro %}


{# A table expression over the files of one table; CSV files with the same header are read together. #}
{% macro raw_reader(files, node, headers) %}
    {% if not files[0].endswith('.csv') %}
        {{ return('read_parquet(' ~ quoted_file_list(files) ~ ', union_by_name = true)') }}
    {% endif %}
    {% set files_by_header = {} %}
    {% for file in files %}
        {% do files_by_header.setdefault(headers[file] | string, []).append(file) %}
    {% endfor %}
    {% set columns = '"' ~ node.columns.keys() | join('", "') ~ '"' %}
    {% set parts = [] %}
    {% for same_files in files_by_header.values() %}
        {% do parts.append('select ' ~ columns ~ ' from ' ~ csv_reader(same_files, headers[same_files[0]])) %}
    {% endfor %}
    {{ return('(' ~ parts | join(' union all ') ~ ')') }}
{% endmacro %}


{# Every cell as text under the header's name; nothing about the file is guessed. #}
{% macro csv_reader(files, header, options='') %}
    {% set columns = [] %}
    {% for name in header %}
        {% do columns.append("'" ~ name | replace("'", "''") ~ "': 'varchar'") %}
    {% endfor %}
    {{ return(
        "read_csv(" ~ quoted_file_list(files) ~ ", columns = {" ~ columns | join(', ') ~ "},"
        ~ " auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
        ~ " nullstr = ''" ~ options ~ ")"
    ) }}
{% endmacro %}


{# The column names in the first row of a CSV file. #}
{% macro csv_header(file) %}
    {{ return(names_of_header(run_query(csv_header_query(file)).columns[0].values())) }}
{% endmacro %}


{#
    A query for the cells of a CSV file's first row, which is read as a row of a thousand cells of which the
    last ones are missing. What is wrong with the rows below is no matter here: they are looked at later.
#}
{% macro csv_header_query(file) %}
    {% set columns = [] %}
    {% for number in range(1000) %}{% do columns.append("c" ~ number ~ ": 'varchar'") %}{% endfor %}
    {{ return(
        "select cell from (select unnest([*columns(*)]) as cell from (from read_csv("
        ~ quoted_file_list([file]) ~ ", columns = {" ~ columns | join(', ') ~ "}, auto_detect = false,"
        ~ " header = false, delim = ',', quote = '\"', escape = '\"', nullstr = chr(31), null_padding = true,"
        ~ " strict_mode = false, parallel = false, ignore_errors = true) limit 1)) where cell is not null"
    ) }}
{% endmacro %}


{# The names in a header's cells; one without a name has that of its place, which no contract has. #}
{% macro names_of_header(cells) %}
    {% set names = [] %}
    {% for cell in cells %}
        {% do names.append((cell or '') | replace('"', '') | trim or 'column ' ~ loop.index ~ ' without a name') %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}


{#
    Every file of a table must have every column: reading by name would fill a missing one with nulls.
    Result: the column names by file.
#}
{% macro find_missing_columns(files, node, problems) %}
    {% set headers = {} %}
    {% set table_name = node.source_name ~ '.' ~ node.name %}
    {% for file in files %}
        {% if file.endswith('.csv') %}
            {% set names = csv_header(file) %}
        {% else %}
            {% set types = types_of_parquet(raw_reader([file]), node) %}
            {% do find_unfit_types(file, types, node, problems) %}
            {% set names = types.keys() | list %}
        {% endif %}
        {% do headers.update({file: names}) %}
        {% if names | unique(case_sensitive=false) | list | length < names | length %}
            {% do problems.append(table_name ~ ': a column name stands twice in ' ~ file) %}
        {% endif %}
        {% set missing = node.columns.keys() | reject('in', names) | list %}
        {% if missing | length == node.columns | length %}
            {% do problems.append(
                table_name ~ ': no column of the contract in ' ~ file
                ~ ' (a CSV file starts with a header and is UTF-8)'
            ) %}
        {% else %}
            {% for column in missing %}
                {% do problems.append(table_name ~ '.' ~ column ~ ': the column is missing in ' ~ file) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {{ return(headers) }}
{% endmacro %}


{#
    Lines of a CSV file that cannot be split into cells of UTF-8 text: nobody could say which row they
    are, so they stop the run. The first three of each file are named.
#}
{% macro find_unreadable_lines(files, node, headers, problems) %}
    {% set words = {
        'INVALID ENCODING': 'the text is not UTF-8',
        'TOO MANY COLUMNS': 'more cells than the header has',
        'MISSING COLUMNS': 'fewer cells than the header has',
        'UNQUOTED VALUE': 'a quote is not closed',
    } %}
    {% for file in files if file.endswith('.csv') %}
        {% do run_query('drop table if exists reject_errors') %}
        {% do run_query('drop table if exists reject_scans') %}
        {% do run_query('select count(columns(*)) from ' ~ csv_reader(
            [file], headers[file], ', store_rejects = true, rejects_limit = 100'
        )) %}
        {% for row in run_query(
            'select line, min(column_name), min(cast(error_type as varchar)) from reject_errors'
            ~ ' group by line order by line limit 3'
        ) %}
            {% set column = '.' ~ row[1] if row[1] else '' %}
            {% do problems.append(
                node.source_name ~ '.' ~ node.name ~ column ~ ': line ' ~ row[0] ~ ' of ' ~ file ~ ': '
                ~ words.get(row[2], row[2] | lower)
            ) %}
        {% endfor %}
    {% endfor %}
{% endmacro %}


{#
    The type of each column of Parquet files, by name. A type that does not fit the contract's, of a column
    that holds only nulls (as writers without a schema make it), is `NULL`.
#}
{% macro types_of_parquet(reader, node) %}
    {% set found = {} %}
    {% for row in run_query('select column_name, column_type from (describe select * from ' ~ reader ~ ')') %}
        {% do found.update({row[0]: row[1]}) %}
    {% endfor %}
    {% for column in node.columns.values()
        if column.name in found and not type_fits(column.data_type, found[column.name]) %}
        {% if run_query('select count("' ~ column.name ~ '") from ' ~ reader)[0][0] == 0 %}
            {% do found.update({column.name: 'NULL'}) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{#
    Each file by itself: read together, numbers become texts without a word where another file has texts,
    and an id `00812` is `812.0`.
#}
{% macro find_unfit_types(file, types, node, problems) %}
    {% for column in node.columns.values() %}
        {% set found = types.get(column.name, 'NULL') %}
        {% if found != 'NULL' and not type_fits(column.data_type, found) %}
            {% do problems.append(
                node.source_name ~ '.' ~ node.name ~ '.' ~ column.name ~ ': expected ' ~ column.data_type
                ~ ', found ' ~ found | lower ~ ' in ' ~ file
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#
    Parquet is typed. A column of nulls becomes nulls of the contract's type. A type that does not fit is
    what a column of nulls in one file and the values of another have together: the values are read as text.
#}
{% macro rows_of_parquet(reader, types, misfits, node) %}
    {% set cells = [] %}
    {% for column in node.columns.values() %}
        {% set cell = '"' ~ column.name ~ '"' %}
        {% if types[column.name] == 'NULL' %}
            {% set cell = 'cast(null as ' ~ column.data_type ~ ')' %}
        {% elif not type_fits(column.data_type, types[column.name]) %}
            {% set cell = typed_cell(column) %}
        {% elif type_family(column.data_type) == 'text' %}
            {% set cell = without_nul(cell) %}
        {% elif column.name in misfits %}
            {#- DuckDB makes decimals of a FLOAT in four bytes: 7799900 becomes 7799900.16. -#}
            {% set number = 'cast(' ~ cell ~ ' as double)' if types[column.name] == 'FLOAT' else cell %}
            {#- Engines may compute a cell before they leave its row out. -#}
            {% set cell = 'try_cast(' ~ number ~ ' as ' ~ column.data_type ~ ')' %}
        {% endif %}
        {% do cells.append(cell ~ ' as "' ~ column.name ~ '"') %}
    {% endfor %}
    {% set fitting = ' where not (' ~ misfits.values() | join(' or ') ~ ')' if misfits else '' %}
    {{ return('select ' ~ cells | join(', ') ~ ' from ' ~ reader ~ fitting) }}
{% endmacro %}


{#
    Conditions by column for cells that are no value of the contract's type. A number too great for it would
    stop the build; of one with more places half a koin would be rounded, and nobody told. What binary floats
    add to a sum of money (0.1 + 0.2) is within a millionth, and no misfit.
#}
{% macro unparseable_cells_of_parquet(types, node) %}
    {% set conditions = {} %}
    {% for column in node.columns.values() %}
        {% if types[column.name] == 'NULL' or type_fits(column.data_type, types[column.name]) %}
            {% set misfit = misfit_of_parquet(column.name, types[column.name], column.data_type) %}
        {% else %}
            {% set misfit = unparseable_cell(column) %}
        {% endif %}
        {% if misfit %}{% do conditions.update({column.name: misfit}) %}{% endif %}
    {% endfor %}
    {{ return(conditions) }}
{% endmacro %}


{#
    Whether a cell of a Parquet column holds more of a number than the contract's type does, as a condition;
    none where it cannot. Arguments: name, type - of the column in the files; data_type - the contract's.

    Example: misfit_of_parquet('line_no', 'BIGINT', 'integer') is
    ("line_no" is not null and try_cast("line_no" as integer) is null), with SMALLINT nothing
#}
{% macro misfit_of_parquet(name, type, data_type) %}
    {% if not can_hold_more(data_type, type) %}
        {{ return(none) }}
    {% elif range_of_numbers(type)[1] <= range_of_numbers(data_type)[1] %}
        {{ return('("' ~ name ~ '" is not null and try_cast("' ~ name ~ '" as ' ~ data_type ~ ') is null)') }}
    {% endif %}
    {% set cell = 'cast("' ~ name ~ '" as double)' %}
    {% set number = 'cast(try_cast(' ~ cell ~ ' as ' ~ data_type ~ ') as double)' %}
    {#- 24 bits hold no more of a number: 19900.55 of a FLOAT is 19900.55078125. -#}
    {% set nearest = 'greatest(0.000001, abs(' ~ cell ~ ') / 16777216)' if type == 'FLOAT' else '0.000001' %}
    {{ return(
        '("' ~ name ~ '" is not null and coalesce(abs(' ~ cell ~ ' - ' ~ number ~ ') > ' ~ nearest ~ ', true))'
    ) }}
{% endmacro %}


{#
    Whether a delivered type holds numbers that the contract's type cannot.

    Example: can_hold_more('numeric(18,0)', 'numeric') is true, can_hold_more('numeric(18,2)', 'INTEGER') is false.
#}
{% macro can_hold_more(expected, found) %}
    {% set limits, found_limits = range_of_numbers(expected), range_of_numbers(found) %}
    {{ return(found_limits[0] > limits[0] or found_limits[1] > limits[1]) }}
{% endmacro %}


{#
    The largest whole number of a type and its decimal places, as a list: more of both than any contract has
    for floats and for a numeric of no stated size, [0, 0] for what is no number.
#}
{% macro range_of_numbers(type) %}
    {% set name = type | lower %}
    {% set digits = modules.re.fullmatch('(?:numeric|decimal)\\(([0-9]+), ?([0-9]+)\\)', name) %}
    {% set bits = {'tinyint': 7, 'smallint': 15, 'integer': 31, 'bigint': 63, 'hugeint': 127} %}
    {% set unsigned_bits = {'utinyint': 8, 'usmallint': 16, 'uinteger': 32, 'ubigint': 64, 'uhugeint': 128} %}
    {% if digits %}
        {{ return([10 ** (digits.group(1) | int - digits.group(2) | int) - 1, digits.group(2) | int]) }}
    {% elif name in ('double', 'float', 'double precision', 'real', 'numeric', 'decimal') %}
        {{ return([10 ** 100, 100]) }}
    {% endif %}
    {{ return([2 ** bits.get(name, unsigned_bits.get(name, 0)) - 1, 0]) }}
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


{# A cell as text without white space around it; null where it is empty. #}
{% macro filled_cell(column) %}
    {{ return("nullif(" ~ trim_white_space('cast("' ~ column.name ~ '" as varchar)') ~ ", '')") }}
{% endmacro %}


{# A text without NUL. To see that there is none takes less than reading it. #}
{% macro without_nul(text) %}
    {{ return(
        'case when contains(' ~ text ~ ', chr(0)) then replace(' ~ text ~ ", chr(0), '') else " ~ text ~ ' end'
    ) }}
{% endmacro %}


{% macro typed_cell(column) %}
    {% set cell = filled_cell(column) %}
    {{ return(
        "case when regexp_full_match(" ~ cell ~ ", '" ~ text_form(column.data_type) ~ "') then try_cast("
        ~ cell ~ ' as ' ~ column.data_type ~ ') end'
    ) }}
{% endmacro %}


{% macro unparseable_cell(column) %}
    {{ return(
        '(' ~ filled_cell(column) ~ ' is not null and (' ~ typed_cell(column) ~ ') is null)'
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
            {% do cells.append(without_nul('"' ~ column.name ~ '"') ~ ' as "' ~ column.name ~ '"') %}
        {% endif %}
    {% endfor %}
    {{ return(
        'select ' ~ cells | join(', ') ~ ' from ' ~ reader
        ~ ' where not (' ~ unparseable_cells_of_csv(node).values() | join(' or ') ~ ')'
    ) }}
{% endmacro %}


{# Conditions by column for cells of text that are no value of the column's type. #}
{% macro unparseable_cells_of_csv(node) %}
    {% set conditions = {} %}
    {% for column in typed_columns(node) %}
        {% do conditions.update({column.name: unparseable_cell(column)}) %}
    {% endfor %}
    {{ return(conditions) }}
{% endmacro %}


{#
    A query for the rows that meet one of the conditions by column, with the first such column, and when they
    arrived where that can be read.
#}
{% macro unparseable_rows(reader, node, conditions) %}
    {% set first_column = [] %}
    {% for name, condition in conditions.items() %}
        {% do first_column.append('when ' ~ condition ~ " then '" ~ name ~ "'") %}
    {% endfor %}
    {% set key_parts = [] %}
    {% for name in node.config.meta.key %}
        {% set part = without_nul('cast("' ~ name ~ '" as varchar)') %}
        {% do key_parts.append("coalesce(" ~ trim_white_space('(' ~ part ~ ')') ~ ", '')") %}
    {% endfor %}
    {{ return(
        "select '" ~ node.source_name ~ "' as source_name, '" ~ node.name ~ "' as table_name, "
        ~ key_parts | join(" || '|' || ") ~ ' as row_key, case ' ~ first_column | join(' ')
        ~ ' end as column_name, try_cast("_loaded_at" as timestamp) as _loaded_at from ' ~ reader
        ~ ' where ' ~ conditions.values() | join(' or ')
    ) }}
{% endmacro %}
