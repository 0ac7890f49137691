-- Asked by AZKO's loyalty managers on Mondays: how did members pay with koin in the last complete
-- week, tier by tier, and how does that compare with the week before?

with pay_with_koin as (
    select * from {{ ref('weekly_pay_with_koin') }}
),

last_week as (
    select max(week_start) as week_start
    from pay_with_koin
    where is_complete_week
)

select
    pay_with_koin.week_start,
    pay_with_koin.tier_code,
    pay_with_koin.member_count,
    pay_with_koin.transaction_count,
    pay_with_koin.net_sales,
    pay_with_koin.net_sales_wow,
    pay_with_koin.koin_redeemed,
    pay_with_koin.koin_multiplier,
    pay_with_koin.share_of_bu_member_transactions
from pay_with_koin
inner join last_week
    on pay_with_koin.week_start = last_week.week_start
where pay_with_koin.bu_code = 'AZKO'
order by pay_with_koin.tier_code
