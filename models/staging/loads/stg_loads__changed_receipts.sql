-- One row a receipt whose rows in staging may have changed since the last published build, and
-- member, store and month that it named before or names now. Beside those of which a row came or
-- went: receipts that share a payment with them. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
-- depends_on: {{ ref('stg_loads__delivered_receipts') }}
-- depends_on: {{ ref('stg_loads__changed_payments') }}
{% if is_incremental_run() -%}
    with receipts as (
        select receive_main_id from {{ ref('stg_loads__delivered_receipts') }}
        union
        select receive_main_id
        from {{ table_of('base_cohesive__receipt_payments') }}
        where
            receive_main_id is not null
            and {{ is_listed('receive_payment_id', 'stg_loads__changed_payments') }}
    ),

    versions as (
        select
            {{ clean_text('receive_main_id') }} as receive_main_id,
            {{ clean_text('cust_id') }} as cust_id,
            {{ clean_code('site_code') }} as site_code,
            cast(trx_ts as date) as business_date
        from {{ source('cohesive', 'tbl_receipt') }}
        where {{ is_of_changed_load('cohesive.tbl_receipt') }}
        union
        select
            receive_main_id,
            cust_id,
            site_code,
            cast(trx_ts as date) as business_date
        from {{ table_of('base_cohesive__receipts') }}
        where receive_main_id in (select receive_main_id from receipts)
    )

    select distinct
        receipts.receive_main_id,
        versions.cust_id,
        versions.site_code,
        {{ first_day_of_month('versions.business_date') }} as month_start
    from receipts
    left join versions
        on receipts.receive_main_id = versions.receive_main_id
{%- else -%}
    select
        cast(null as varchar) as receive_main_id,
        cast(null as varchar) as cust_id,
        cast(null as varchar) as site_code,
        cast(null as date) as month_start
    where false
{%- endif %}
