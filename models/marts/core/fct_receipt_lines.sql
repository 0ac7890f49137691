-- One row a receipt line up to the as-of date, with what its receipt says. A line whose receipt
-- never arrived is kept without date (is_orphan).
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'int_touched__receipts'}
) }}

with receipt_lines as (
    select * from {{ ref('stg_cohesive__receipt_lines') }}
    where {{ is_listed('receive_main_id', 'int_touched__receipts') }}
),

delivered_receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

{{ later_receipts('delivered_receipts', 'run') }}

select
    receipt_lines.receive_main_id,
    receipt_lines.line_no,
    receipt_lines.qty,
    receipt_lines.gross_sales,
    receipt_lines.discount,
    receipt_lines.net_sales,
    receipts.cust_id,
    receipts.tier_code,
    receipts.site_code,
    receipts.business_date,
    receipts.week_start,
    receipts.receipt_status,
    receipts.original_receive_main_id,
    receipts.is_pre_cohesive,
    coalesce(receipt_lines.sku, 'UNKNOWN') as sku,
    coalesce(receipt_lines.koin_used, 0) as koin_used,
    coalesce(receipts.bu_code, 'UNKNOWN') as bu_code,
    receipts.receive_main_id is null as is_orphan
from receipt_lines
cross join run
left join receipts
    on receipt_lines.receive_main_id = receipts.receive_main_id
left join later_receipts
    on receipt_lines.receive_main_id = later_receipts.receive_main_id
where
    later_receipts.receive_main_id is null
    and not {{ is_later_orphan(
        'receipts.receive_main_id', 'receipt_lines.receipt_updated_at', 'run.as_of_date'
    ) }}
