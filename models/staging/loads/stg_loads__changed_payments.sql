-- One row a payment of which a raw row came or went since the last published build, or that
-- belongs to a receipt of which one did. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
-- depends_on: {{ ref('stg_loads__delivered_receipts') }}
{% if is_incremental_run() -%}
    select {{ clean_text('receive_payment_id') }} as receive_payment_id
    from {{ source('cohesive', 'tbl_receipt_payment') }}
    where
        {{ is_of_changed_load('cohesive.tbl_receipt_payment') }}
        and {{ clean_text('receive_payment_id') }} is not null
    union
    select receive_payment_id
    from {{ table_of('base_cohesive__receipt_payments') }}
    where
        receive_payment_id is not null
        and (
            {{ is_of_changed_load('cohesive.tbl_receipt_payment') }}
            or {{ is_listed('receive_main_id', 'stg_loads__delivered_receipts') }}
        )
{%- else -%}
    select cast(null as varchar) as receive_payment_id
    where false
{%- endif %}
