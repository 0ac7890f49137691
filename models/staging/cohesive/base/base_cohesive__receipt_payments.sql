-- One row a raw row of cohesive.tbl_receipt_payment, cleaned and typed, with the reason why it
-- cannot be used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_receipts') -%}
{{ config(
    materialized='incremental',
    meta={'loaded_from': 'cohesive.tbl_receipt_payment'}
) }}

with delivered as (
    select * from {{ source('cohesive', 'tbl_receipt_payment') }}
    where {{ is_of_changed_load('cohesive.tbl_receipt_payment') }}
),

cleaned as (
    select
        {{ clean_text('receive_payment_id') }} as receive_payment_id,
        {{ clean_text('receive_main_id') }} as receive_main_id,
        {{ clean_code('payment_method') }} as payment_method,
        {{ clean_code('bank_code') }} as bank_code,
        {{ clean_code('voucher_code') }} as voucher_code,
        cast(amount as numeric(18, 2)) as amount,
        cast(receipt_updated_at as timestamp) as receipt_updated_at,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        receive_payment_id,
        receive_main_id,
        payment_method,
        bank_code,
        voucher_code,
        amount,
        receipt_updated_at,
        _loaded_at,
        case
            when receive_payment_id is null then 'missing_key'
            when
                receive_main_id is null
                or amount is null
                or receipt_updated_at is null
                or _loaded_at is null
                then 'missing_value'
            when {{ is_impossible_amount('amount') }} then 'impossible_amount'
        end as reject_reason
    from cleaned
)

select
    receive_payment_id,
    receive_main_id,
    payment_method,
    bank_code,
    voucher_code,
    amount,
    receipt_updated_at,
    _loaded_at,
    reject_reason
from judged
