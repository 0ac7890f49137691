-- One row a member who ever bought and category with a model: how likely the member buys the
-- category within the horizon after the as-of date. Probabilities are additive over members
-- (expected buyers), ranks and deciles are not.

with scores as (
    select * from {{ ref('int_propensity__scores') }}
),

ranked as (
    select
        cust_id,
        category,
        cast(probability as numeric(9, 6)) as probability,
        rank() over (partition by category order by probability desc nulls last) as propensity_rank,
        count(*) over (partition by category) as member_count
    from scores
)

select
    cust_id,
    category,
    probability,
    cast(propensity_rank as bigint) as propensity_rank,
    -- A quotient of whole numbers of this size never rounds up to the next whole number.
    cast(1 + floor(10 * (propensity_rank - 1) / member_count) as integer) as propensity_decile
from ranked
