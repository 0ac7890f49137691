-- One row a receipt up to the as-of date: completed, void or return, with the member's tier on its
-- date. Member counts are not additive.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'int_touched__receipts'}
) }}

with receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
    where {{ is_listed('receive_main_id', 'int_touched__receipts') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

member_tiers as (
    select * from {{ ref('dim_member_tiers') }}
),

dated_receipts as (
    select
        receipts.receive_main_id,
        receipts.cust_id,
        receipts.bu_code,
        receipts.sales_channel,
        receipts.fulfilment,
        receipts.trx_ts,
        cast(receipts.trx_ts as date) as business_date,
        receipts.sales,
        receipts.receipt_status,
        receipts.original_receive_main_id,
        coalesce(receipts.site_code, 'UNKNOWN') as site_code
    from receipts
    inner join run
        on {{ few_rows_condition('cast(receipts.trx_ts as date) <= run.as_of_date') }}
)

select
    dated_receipts.receive_main_id,
    dated_receipts.cust_id,
    dated_receipts.site_code,
    dated_receipts.sales_channel,
    dated_receipts.fulfilment,
    dated_receipts.trx_ts,
    dated_receipts.business_date,
    dates.week_start,
    dated_receipts.sales,
    dated_receipts.receipt_status,
    dated_receipts.original_receive_main_id,
    case
        when dated_receipts.cust_id is not null then coalesce(member_tiers.tier_code, 'UNKNOWN')
    end as tier_code,
    coalesce(business_units.bu_code, 'UNKNOWN') as bu_code,
    {{ is_transaction('dated_receipts.receipt_status') }} as is_transaction,
    {{ counts_in_net_sales('dated_receipts.receipt_status') }} as counts_in_net_sales,
    dated_receipts.business_date < {{ cohesive_go_live_date() }} as is_pre_cohesive
from dated_receipts
left join dates
    on dated_receipts.business_date = dates.date_day
left join business_units
    on dated_receipts.bu_code = business_units.bu_code
left join member_tiers
    on
        dated_receipts.cust_id = member_tiers.cust_id
        and dated_receipts.business_date >= member_tiers.valid_from
        and dated_receipts.business_date < member_tiers.valid_to
