-- One row a member who ever bought and category with a model: how likely the member buys the
-- category within the horizon after the as-of date. Probabilities are additive over members
-- (expected buyers), ranks and deciles are not.

with scores as (
    select * from {{ ref('int_propensity__scores') }}
),

members as (
    select * from {{ ref('int_propensity__members') }}
    where horizons_back = 0
),

categories as (
    select * from {{ ref('int_propensity__categories') }}
)

select
    members.cust_id,
    categories.category,
    cast(scores.probability as numeric(9, 6)) as probability,
    cast(scores.propensity_rank as bigint) as propensity_rank,
    cast(scores.propensity_decile as integer) as propensity_decile
from scores
inner join members
    on scores.member_number = members.member_number
inner join categories
    on scores.category_number = categories.category_number
