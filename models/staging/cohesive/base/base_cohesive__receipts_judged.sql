-- One row a raw row of cohesive.tbl_receipt; a return of more than its original sold is rejected
-- too.
{% set columns = [
    'receive_main_id',
    'sales',
    'updated_at',
    '_loaded_at',
] %}

with receipts {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__receipts') }}
),

referenced as (
    select distinct original_receive_main_id
    from receipts
    where
        receipt_status = 'return'
        and reject_reason is null
),

original_versions as (
    select
        receipts.receive_main_id,
        receipts.sales,
        receipts.updated_at,
        receipts._loaded_at
    from receipts
    inner join referenced
        on receipts.receive_main_id = referenced.original_receive_main_id
    where receipts.reject_reason is null
),

{{ newest_version(
    'original_versions', ['receive_main_id'], ['updated_at', '_loaded_at'], columns
) }}

select
    receipts.receive_main_id,
    receipts.cust_id,
    receipts.bu_code,
    receipts.site_code,
    receipts.sales_channel,
    receipts.fulfilment,
    receipts.trx_ts,
    receipts.sales,
    receipts.receipt_status,
    receipts.original_receive_main_id,
    receipts.updated_at,
    receipts._loaded_at,
    case
        when receipts.reject_reason is not null then receipts.reject_reason
        when
            receipts.receipt_status = 'return' and -receipts.sales > newest_versions.sales
            then 'return_above_original'
    end as reject_reason
from receipts
left join newest_versions
    on receipts.original_receive_main_id = newest_versions.receive_main_id
