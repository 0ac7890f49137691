{#
    dbt's statement that makes the table of a model, but on DuckDB columns of identifiers are stored as they
    are. Their values hardly repeat in rows that lie together, so DuckDB finds little to compress in them, and
    looks for it a long time: writing 15 million takes 1.6 seconds of a core in place of 6, and two and a half
    times the space; members' ids, which repeat more often, 2.5 in place of 7.5, and twice the space.

    Why engines differ: PostgreSQL looks for nothing in values as short.

    Arguments: those of dbt's macro.
#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set names = uncompressed_columns() -%}
    {%- if temporary or language != 'sql' or config.get('contract').enforced
        or not model.columns | select('in', names) | list -%}
        {{ dbt.duckdb__create_table_as(
            temporary, relation, compiled_code, language, partitioned_by, sorted_by
        ) }}
    {%- else -%}
        create table {{ relation }} (
            {%- for column in adapter.get_column_schema_from_query(compiled_code) %}
            {{ column.column }} {{ column.dtype }}
                {{- ' using compression uncompressed' if column.column in names }}
                {{- ',' if not loop.last }}
            {%- endfor %}
        );
        insert into {{ relation }}
        {{ compiled_code }}
    {%- endif -%}
{%- endmacro %}


{# The same for a model with a contract. #}
{% macro duckdb__get_table_columns_and_constraints() -%}
    {%- set names = uncompressed_columns() -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model.constraints) -%}
    (
        {%- for column in adapter.render_raw_columns_constraints(raw_columns=model.columns) %}
        {{ column }}
            {{- ' using compression uncompressed' if column.split(' ')[0] in names }}
            {{- ',' if not loop.last or constraints }}
        {%- endfor %}
        {{ constraints | join(', ') }}
    )
{%- endmacro %}


{# Names of the columns of text of which most rows that lie together have other values. #}
{% macro uncompressed_columns() %}
    {{ return([
        'contact_key',
        'cust_id',
        'email',
        'event_id',
        'koin_id',
        'main_receive_payment_id',
        'message_id',
        'odi_id',
        'original_receive_main_id',
        'receive_main_id',
        'receive_payment_id',
        'recipient_id',
        'rrr_id',
        'source_koin_id',
        'stamps_user_id',
        'undone_koin_id',
    ]) }}
{% endmacro %}
