-- One row a tier and UNKNOWN: the spend that earns it, and the next tier up.

with tiers as (
    select * from {{ ref('loyalty_tiers') }}
)

select
    tier_code,
    tier_rank,
    min_l12m_spend,
    earn_rate,
    lead(tier_code) over (order by tier_rank) as next_tier_code,
    lead(min_l12m_spend) over (order by tier_rank) as next_min_l12m_spend
from tiers
union all
select
    'UNKNOWN' as tier_code,
    0 as tier_rank,
    cast(null as numeric(18, 2)) as min_l12m_spend,
    cast(null as numeric(9, 6)) as earn_rate,
    cast(null as varchar) as next_tier_code,
    cast(null as numeric(18, 2)) as next_min_l12m_spend
