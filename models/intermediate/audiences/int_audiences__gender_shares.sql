-- One row a target of blank gender, of a request that shares them out over M and F in the ratio of
-- its known targets: largest remainder, in the order of the hash that ranks; without known ones
-- half and half, the odd one to M.

with outcomes as (
    select * from {{ ref('int_audiences__outcomes') }}
    where outcome = 'target'
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
    where gender_split = 'proportional'
),

profiles as (
    select * from {{ ref('member_profile') }}
),

targets as (
    select
        outcomes.request_id,
        outcomes.cust_id,
        profiles.gender
    from outcomes
    inner join definitions
        on outcomes.request_id = definitions.request_id
    inner join profiles
        on outcomes.cust_id = profiles.cust_id
),

counts as (
    select
        request_id,
        sum(case when gender = 'M' then 1 else 0 end) as m_count,
        sum(case when gender = 'F' then 1 else 0 end) as f_count,
        sum(case when gender = 'BLANK' then 1 else 0 end) as blank_count
    from targets
    group by request_id
),

-- Of two shares the larger remainder is at least one half: the share is rounded, half to M.
quotas as (
    select
        request_id,
        coalesce(
            {{ safe_divide('blank_count * m_count', 'm_count + f_count', scale=0) }},
            {{ safe_divide('blank_count', '2', scale=0) }}
        ) as m_quota
    from counts
),

hashed as (
    select
        request_id,
        cust_id,
        row_number() over (
            partition by request_id
            order by {{ text_order("md5(request_id || cust_id)") }}
        ) as hash_rank
    from targets
    where gender = 'BLANK'
)

select
    hashed.request_id,
    hashed.cust_id,
    case when hashed.hash_rank <= quotas.m_quota then 'M' else 'F' end as split_value
from hashed
inner join quotas
    on hashed.request_id = quotas.request_id
