-- One row a raw row of cohesive.tbl_voucher, cleaned and typed, with the reason why it cannot be
-- used.
-- A load that comes meanwhile is of the next build.
{% do comes_after('stg_loads__days') -%}

with delivered as (
    select * from {{ source('cohesive', 'tbl_voucher') }}
),

cleaned as (
    select
        {{ clean_code('voucher_code') }} as voucher_code,
        {{ clean_code('program_code') }} as program_code,
        {{ clean_text('cust_id') }} as cust_id,
        cast(issued_at as timestamp) as issued_at,
        cast(expires_on as date) as expires_on,
        cast(face_value as numeric(18, 2)) as face_value,
        cast(redeemed_at as timestamp) as redeemed_at,
        {{ clean_text('redeemed_receive_main_id') }} as redeemed_receive_main_id,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        voucher_code,
        program_code,
        cust_id,
        issued_at,
        expires_on,
        face_value,
        redeemed_at,
        redeemed_receive_main_id,
        _loaded_at,
        case
            when voucher_code is null then 'missing_key'
            when issued_at is null or _loaded_at is null then 'missing_value'
            when {{ is_impossible_amount('face_value') }} then 'impossible_amount'
            when cast(issued_at as date) > cast(_loaded_at as date) then 'future_dated'
            when expires_on < cast(issued_at as date) then 'impossible_expiry'
        end as reject_reason
    from cleaned
)

select
    voucher_code,
    program_code,
    cust_id,
    issued_at,
    expires_on,
    face_value,
    redeemed_at,
    redeemed_receive_main_id,
    _loaded_at,
    reject_reason
from judged
