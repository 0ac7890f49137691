-- One row a voucher issued up to the as-of date, redeemed or not as of then. Member counts are not
-- additive.

with vouchers as (
    select * from {{ ref('stg_cohesive__vouchers') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

known_vouchers as (
    select
        vouchers.voucher_code,
        vouchers.program_code,
        vouchers.cust_id,
        vouchers.issued_at,
        vouchers.expires_on,
        vouchers.face_value,
        run.as_of_date,
        vouchers.redeemed_at,
        vouchers.redeemed_receive_main_id,
        coalesce(cast(vouchers.redeemed_at as date) <= run.as_of_date, false) as is_redeemed
    from vouchers
    inner join run
        on {{ few_rows_condition('cast(vouchers.issued_at as date) <= run.as_of_date') }}
)

select
    voucher_code,
    cust_id,
    issued_at,
    cast(issued_at as date) as issued_date,
    expires_on,
    face_value,
    is_redeemed,
    coalesce(program_code, 'UNKNOWN') as program_code,
    case when is_redeemed then redeemed_at end as redeemed_at,
    case when is_redeemed then cast(redeemed_at as date) end as redeemed_date,
    case when is_redeemed then redeemed_receive_main_id end as redeemed_receive_main_id,
    not is_redeemed and coalesce(expires_on >= as_of_date, true) as is_usable,
    is_redeemed and coalesce(cast(redeemed_at as date) > expires_on, false)
        as is_redeemed_after_expiry,
    cast(issued_at as date) < {{ cohesive_go_live_date() }} as is_pre_cohesive
from known_vouchers
