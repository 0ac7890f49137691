{#
    Models that an incremental run does not make anew: it deletes the rows whose key is listed, and inserts
    what their SQL gives for the listed keys. Which rows these are is said twice, in words of one macro:
    the model's configuration names key and list, so that the old rows can go, and its SQL asks its inputs
    for them:

        config(
            materialized='incremental',
            meta={'recomputed_by': 'receive_main_id', 'listed_in': 'int_touched__receipts'}
        )
        select * from ref('fct_receipts') where is_listed('receive_main_id', 'int_touched__receipts')

    It is right when the rows of a key follow from the listed rows of its inputs, and from others only as
    far as these are as they were, and every key is listed whose rows there changed, also those whose rows
    are gone. tests/python/test_incremental.py holds that.

    A key of several columns is written with commas, 'site_code, month_start', in is_listed in brackets.

    is_listed - condition on a column; arguments: column, list - name of a model with that column, or with
    the one in list_column. Always true in a build from nothing.
    is_of_changed_load - condition on raw rows, or rows that stand for one each: those of a load that is not
    as it was. Arguments: table_name - of the raw table, `cohesive.tbl_receipt`; prefix - `receipts.`.
    is_recomputed - the condition on the rows of a model that its configuration says.
#}
{% macro is_listed(column, list, list_column=none) -%}
    {%- set listed = comes_after(list) -%}
    {%- if is_incremental_run() -%}
        {{ column }} in (select {{ list_column or column.split('.')[-1] }} from {{ listed }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro is_of_changed_load(table_name, prefix='') -%}
    {%- if model is not defined or model.resource_type == 'model' -%}{%- do comes_after('stg_loads__days') -%}{%- endif -%}
    {%- if is_incremental_run() -%}
        {%- set days = changed_load_days(table_name) -%}
        {%- if days | length == 0 -%}
            false
        {%- else -%}
            (
                {#- The lower bound says nothing new; by it files and tables leave out what lies before. -#}
                {%- if '1900-01-01' not in days %}{{ prefix }}_loaded_at >= cast('{{ days[0] }}' as timestamp) and {% endif -%}
                {{ load_date(prefix ~ '_loaded_at') }} in (
                    {%- for day in days -%}
                        cast('{{ day }}' as date){{ ', ' if not loop.last }}
                    {%- endfor -%}
                )
            )
        {%- endif -%}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#
    Condition on rows in a test of data that looks at one key after the other: those whose key is listed. Always
    true where rows that are kept were not tested, and in a build from nothing. Arguments: as of is_listed.
#}
{% macro is_tested_again(column, list) -%}
    {%- set listed = is_listed(column, list) -%}
    {{ listed if is_incremental_run() and kept_rows_were_tested() else 'true' }}
{%- endmacro %}


{# The days of loads of a raw table that are not as they were, as a list of texts, in an incremental run. #}
{% macro changed_load_days(table_name) %}
    {{ return(run_query(
        'select cast(load_date as varchar) from ' ~ table_of('stg_loads__days') ~ ' where is_changed and table_name = '
        ~ text_literal(table_name) ~ ' order by load_date'
    ).columns[0].values()) }}
{% endmacro %}


{#
    The day of a load, which is what loads are told apart by; rows without time of load are one, too.

    Example: load_date of 2025-11-03 02:15:00 is 2025-11-03, of null 1900-01-01
#}
{% macro load_date(loaded_at) -%}
    coalesce(cast({{ loaded_at }} as date), cast('1900-01-01' as date))
{%- endmacro %}


{% macro is_recomputed(node) %}
    {% set meta = node.config.meta %}
    {% set conditions = [] %}
    {% if meta.loaded_from %}
        {% do conditions.append(is_of_changed_load(meta.loaded_from)) %}
    {% endif %}
    {% if meta.recomputed_by %}
        {% do conditions.append(
            '(' ~ meta.recomputed_by ~ ') in (select ' ~ meta.recomputed_by ~ ' from ' ~ table_of(meta.listed_in) ~ ')'
        ) %}
    {% endif %}
    {{ return(conditions | join(' or ')) }}
{% endmacro %}


{# Whether this run keeps rows of a model (a node of the graph). #}
{% macro goes_on(node) %}
    {{ return(node.config.materialized == 'incremental' and is_incremental_run()) }}
{% endmacro %}


{# A model that has to be built first, whatever the SQL becomes; unit tests need not give it. #}
{% macro comes_after(model_name) %}
    {% if model is defined and model.resource_type == 'unit_test' %}
        {{ return(none) }}
    {% endif %}
    {{ return(ref(model_name)) }}
{% endmacro %}


{#
    The table of a model, without a dependency on it: as the last published build left it, for what says
    which rows changed and is built before; or as this build made it, for what is known to come after.
#}
{% macro table_of(model_name) %}
    {% set node = graph.nodes['model.koin_loyalty.' ~ model_name] %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}
