-- One row a raw row of cohesive.tbl_receipt, cleaned and typed, with the reason why it cannot be
-- used.

with delivered as (
    select * from {{ source('cohesive', 'tbl_receipt') }}
),

cleaned as (
    select
        {{ clean_text('receive_main_id') }} as receive_main_id,
        {{ clean_text('cust_id') }} as cust_id,
        {{ clean_code('bu_code') }} as bu_code,
        {{ clean_code('site_code') }} as site_code,
        {{ clean_word('sales_channel') }} as sales_channel,
        {{ clean_word('fulfilment') }} as fulfilment,
        cast(trx_ts as timestamp) as trx_ts,
        cast(sales as numeric(18, 2)) as sales,
        {{ clean_word('receipt_status') }} as receipt_status,
        {{ clean_text('original_receive_main_id') }} as original_receive_main_id,
        cast(updated_at as timestamp) as updated_at,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        receive_main_id,
        cust_id,
        bu_code,
        site_code,
        sales_channel,
        fulfilment,
        trx_ts,
        sales,
        receipt_status,
        original_receive_main_id,
        updated_at,
        _loaded_at,
        case
            when receive_main_id is null then 'missing_key'
            when
                trx_ts is null
                or sales is null
                or receipt_status is null
                or updated_at is null
                or _loaded_at is null
                then 'missing_value'
            when cast(trx_ts as date) > cast(_loaded_at as date) then 'future_dated'
            when receipt_status not in ('completed', 'void', 'return') then 'unknown_receipt_status'
            when receipt_status = 'return' and sales > 0 then 'return_without_sign'
        end as reject_reason
    from cleaned
)

select
    receive_main_id,
    cust_id,
    bu_code,
    site_code,
    sales_channel,
    fulfilment,
    trx_ts,
    sales,
    receipt_status,
    original_receive_main_id,
    updated_at,
    _loaded_at,
    reject_reason
from judged
