-- One row a member and voucher programme of which the member received vouchers.

with vouchers as (
    select * from {{ ref('fct_vouchers') }}
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
)

select
    vouchers.cust_id,
    vouchers.program_code,
    cast(count(*) as bigint) as received_count,
    cast(sum(case when vouchers.is_usable then 1 else 0 end) as bigint) as unredeemed_valid_count,
    cast(sum(case when vouchers.is_redeemed then 1 else 0 end) as bigint) as redeemed_count,
    max(vouchers.issued_date) as last_issued_date,
    min(case when vouchers.is_usable then vouchers.expires_on end) as next_expiry_date
from vouchers
inner join members
    on vouchers.cust_id = members.cust_id
group by vouchers.cust_id, vouchers.program_code
