{#
    Makes the raw data readable and compares it with the source contract (the sources YAML), before
    anything is built. Every problem is collected, then the run stops with all of them, one a line:
    a table that was not delivered, a column that is missing, a type that does not fit, receipts
    without a row, a project variable that cannot be used.

    Example of a line: cohesive.tbl_receipt.sales: expected numeric(18,2), found varchar
#}
{% macro check_raw_contract() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test', 'snapshot', 'freshness', 'run-operation') %}
        {% set problems = [] %}
        {% set contract = [] %}
        {% for node in graph.sources.values() | sort(attribute='unique_id') %}
            {% if (node.source_meta or {}).get('contract') == 'raw' or node.config.meta.get('key') %}
                {% do contract.append(node) %}
            {% endif %}
        {% endfor %}
        {% set source_database = contract[0].database %}
        {% do ensure_landing(source_database, contract, problems) %}
        {% if not problems %}
            {% do find_contract_problems(source_database, contract, problems) %}
        {% endif %}
        {% do find_unfit_variables(contract, problems) %}
        {% if not problems %}
            {% do find_variable_problems(contract, problems) %}
        {% endif %}
        {% if problems %}
            {% do exceptions.raise_compiler_error(
                'The raw data do not fit the source contract:\n  ' ~ problems | join('\n  ')
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{# Tables, columns and types as delivered against those of the contract. #}
{% macro find_contract_problems(source_database, contract, problems) %}
    {% set delivered = {} %}
    {% for row in run_query(delivered_columns_query(source_database, contract)) %}
        {% do delivered.setdefault(row[0] ~ '.' ~ row[1], {}).update({row[2]: row[3]}) %}
    {% endfor %}
    {% for node in contract %}
        {% set table_name = node.source_name ~ '.' ~ node.name %}
        {% if table_name not in delivered %}
            {% do problems.append(table_name ~ ': the table was not delivered') %}
        {% else %}
            {% for column in node.columns.values() %}
                {% set found = delivered[table_name].get(column.name) %}
                {% if found is none %}
                    {% do problems.append(table_name ~ '.' ~ column.name ~ ': the column is missing') %}
                {% elif not type_fits(column.data_type, found) %}
                    {#- A column that holds only nulls has no type of its own when written by pandas. -#}
                    {% set relation = api.Relation.create(
                        database=source_database, schema=node.schema, identifier=node.identifier
                    ) %}
                    {% set values = run_query(
                        'select count(' ~ adapter.quote(column.name) ~ ') from ' ~ relation
                    ) %}
                    {% if values[0][0] > 0 %}
                        {% do problems.append(
                            table_name ~ '.' ~ column.name ~ ': expected ' ~ column.data_type
                            ~ ', found ' ~ found | lower
                        ) %}
                    {% endif %}
                {% elif not raw_tables_are_files(source_database) and can_hold_more(column.data_type, found) %}
                    {#- PostgreSQL would round what DuckDB cuts off, and both end on what is too great. -#}
                    {% set relation = api.Relation.create(
                        database=source_database, schema=node.schema, identifier=node.identifier
                    ) %}
                    {% set values = run_query(
                        'select count(*) from ' ~ relation ~ ' where '
                        ~ holds_more(adapter.quote(column.name), column.data_type)
                    ) %}
                    {% if values[0][0] > 0 %}
                        {% do problems.append(
                            table_name ~ '.' ~ column.name ~ ': ' ~ values[0][0] ~ ' values of type '
                            ~ found | lower ~ ' are no ' ~ column.data_type
                        ) %}
                    {% endif %}
                {% endif %}
            {% endfor %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{# Receipts must not be empty, and the as-of date must lie in them. #}
{% macro find_variable_problems(contract, problems) %}
    {% set receipts = contract | selectattr('name', 'equalto', 'tbl_receipt') | first %}
    {% set relation = api.Relation.create(
        database=receipts.database, schema=receipts.schema, identifier=receipts.identifier
    ) %}
    {% set span = run_query(
        'select count(*), cast(min(cast(trx_ts as date)) as varchar),'
        ~ ' cast(max(cast(trx_ts as date)) as varchar) from ' ~ relation
        ~ ' where cast(trx_ts as date) <= cast(_loaded_at as date)'
        ~ ' and cast(trx_ts as date) >= ' ~ cohesive_go_live_date()
    )[0] %}
    {% if span[0] == 0 %}
        {% do problems.append(
            'cohesive.tbl_receipt: no row with a time of sale that is not after its load, nor before '
            ~ var('cohesive_go_live_date') ~ ' (variable cohesive_go_live_date)'
        ) %}
    {% endif %}
    {% if not problems and var('as_of_date') | string != '' %}
        {% set as_of_date = var('as_of_date') | string %}
        {% if as_of_date > span[2] or as_of_date < span[1] %}
            {% do problems.append(
                'variable as_of_date: ' ~ as_of_date ~ ' is outside the receipts since the go-live ('
                ~ span[1] ~ ' .. ' ~ span[2] ~ ' in cohesive.tbl_receipt.trx_ts)'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{#
    Whether a text is a day of the calendar, written YYYY-MM-DD.

    Example: is_iso_date('2024-02-29') is true, is_iso_date('2023-02-29') and is_iso_date('1 June') are false.
#}
{% macro is_iso_date(value) %}
    {% set parts = modules.re.fullmatch('([0-9]{4})-([0-9]{2})-([0-9]{2})', value) %}
    {% if not parts %}
        {{ return(false) }}
    {% endif %}
    {% set year, month, day = parts.group(1) | int, parts.group(2) | int, parts.group(3) | int %}
    {% set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) %}
    {% set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {{ return(year > 0 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) }}
{% endmacro %}


{#
    Whether a delivered type can carry the contract's: any number for a number (staging casts), a date
    for a timestamp and the other way round; a time zone never, it would shift the business date.

    Example: type_fits('numeric(18,2)', 'BIGINT') is true, type_fits('varchar', 'INTEGER') is false.
#}
{% macro type_fits(expected, found) %}
    {% set families = {'date': 'time', 'timestamp': 'time'} %}
    {% set expected_family = type_family(expected) %}
    {% set found_family = type_family(found) %}
    {{ return(
        families.get(expected_family, expected_family) == families.get(found_family, found_family)
    ) }}
{% endmacro %}


{% macro type_family(data_type) %}
    {% set name = data_type | lower %}
    {% if 'with time zone' in name or name == 'timestamptz' %}
        {{ return('zoned') }}
    {% elif name.startswith('timestamp') or name == 'datetime' %}
        {{ return('timestamp') }}
    {% elif name == 'date' %}
        {{ return('date') }}
    {% elif name.startswith('bool') %}
        {{ return('boolean') }}
    {% elif '[]' not in name and (
        'int' in name.split('(')[0] or name.split('(')[0] in
        ('numeric', 'decimal', 'real', 'double', 'double precision', 'float')
    ) %}
        {{ return('number') }}
    {% elif name.split('(')[0] in ('varchar', 'text', 'character varying', 'character', 'char', 'bpchar') %}
        {{ return('text') }}
    {% endif %}
    {{ return(name) }}
{% endmacro %}


{#
    The condition that a number is too great for a type, has more decimals than it, or is none (NaN). What binary
    floats add to a sum of money (0.1 + 0.2) is within a millionth, and no decimal.
#}
{% macro holds_more(expr, data_type) %}
    {% set largest, places = range_of_numbers(data_type) %}
    {% set number = 'cast(' ~ expr ~ ' as double precision)' %}
    {% set units = number ~ ' * 1e' ~ places %}
    {{ return(
        '(not abs(' ~ number ~ ') < ' ~ largest + 1 ~ ' or abs(' ~ units ~ ' - floor(' ~ units
        ~ ' + 0.5)) > 1e-6 * 1e' ~ places ~ ')'
    ) }}
{% endmacro %}
