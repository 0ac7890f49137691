-- One row a receipt of which a raw row (its own, of a line or a payment) came or went since the
-- last published build, and the returns of such receipts. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
{% if is_incremental_run() -%}
    with delivered as (
        {% for entity in ['receipts', 'receipt_lines', 'receipt_payments'] -%}
            {%- set table_name = 'tbl_' ~ entity[:-1] -%}
            select {{ clean_text('receive_main_id') }} as receive_main_id
            from {{ source('cohesive', table_name) }}
            where {{ is_of_changed_load('cohesive.' ~ table_name) }}
            union
            select receive_main_id
            from {{ table_of('base_cohesive__' ~ entity) }}
            where {{ is_of_changed_load('cohesive.' ~ table_name) }}
            {{ 'union' if not loop.last }}
        {% endfor %}
    ),

    returns as (
        select receive_main_id
        from {{ table_of('base_cohesive__receipts') }}
        where original_receive_main_id in (select receive_main_id from delivered)
    )

    select receive_main_id from delivered
    where receive_main_id is not null
    union
    select receive_main_id from returns
    where receive_main_id is not null
{%- else -%}
    select cast(null as varchar) as receive_main_id
    where false
{%- endif %}
