-- Asked by ATARU before Harga Spesial Koin: how many members who ever bought at ATARU, online or
-- offline, hold enough koin in each tier, and how many koin are about to expire?

with members as (
    select * from {{ ref('member_profile') }}
),

ataru_buyers as (
    select * from {{ ref('segment_brand_history') }}
    where
        bu_code = 'ATARU'
        and transaction_count_since_cohesive > 0
)

select
    members.tier_code,
    count(*) as member_count,
    sum(case when members.koin_balance >= 10000 then 1 else 0 end) as members_from_10000_koin,
    sum(case when members.koin_balance >= 50000 then 1 else 0 end) as members_from_50000_koin,
    sum(case when members.koin_balance > 0 then members.koin_balance else 0 end) as koin_held,
    sum(members.koin_expiring_soon) as koin_expiring_soon
from members
inner join ataru_buyers
    on members.cust_id = ataru_buyers.cust_id
group by members.tier_code
order by members.tier_code
