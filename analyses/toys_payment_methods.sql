-- Asked by Toys Kingdom's partnership team for talks with banks: transactions of the last complete
-- month altogether, by method over all partners, then by partner over all methods and by method. A
-- split receipt counts in each of its methods and partners, and once as primary.

with performance as (
    select * from {{ ref('payment_method_performance') }}
    where
        bu_code = 'TOYS'
        and is_complete_month
),

last_month as (
    select max(month_start) as month_start from performance
)

select
    performance.month_start,
    performance.payment_partner,
    performance.payment_method,
    performance.transaction_count,
    performance.transaction_share,
    performance.primary_transaction_count,
    performance.amount,
    performance.amount_share,
    performance.member_count,
    performance.atv,
    performance.payment_difference
from performance
inner join last_month
    on performance.month_start = last_month.month_start
order by
    case when performance.payment_partner = 'ALL' then 0 else 1 end,
    performance.payment_partner,
    case when performance.payment_method = 'ALL' then 0 else 1 end,
    performance.payment_method
