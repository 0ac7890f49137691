-- One row a request and member who matched it: in or out, and why. Of a delivered request what was
-- delivered.

with outcomes as (
    select * from {{ ref('int_audiences__outcomes') }}
),

candidates as (
    select * from {{ ref('int_audiences__candidates') }}
),

requests as (
    select * from {{ ref('int_audiences__requests') }}
),

delivered as (
    select * from {{ ref('audience_deliveries') }}
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

profiles as (
    select * from {{ ref('member_profile') }}
),

gender_shares as (
    select * from {{ ref('int_audiences__gender_shares') }}
),

-- With those whom the channel itself keeps out.
all_outcomes as (
    select
        request_id,
        cust_id,
        outcome,
        first_failed_gate,
        cast(null as varchar) as reason,
        audience_rank
    from outcomes
    union all
    select
        request_id,
        cust_id,
        'rejected' as outcome,
        failed_gate as first_failed_gate,
        reason,
        cast(null as bigint) as audience_rank
    from candidates
    where failed_gate is not null
),

decided as (
    select
        outcomes.request_id,
        outcomes.cust_id,
        outcomes.outcome,
        outcomes.first_failed_gate,
        outcomes.audience_rank,
        profiles.tier_code,
        case
            when outcomes.reason is not null then outcomes.reason
            when outcomes.outcome in ('target', 'holdout') then null
            {% for gate, words in audience_gates().items() if words -%}
                when outcomes.first_failed_gate = '{{ gate }}' then '{{ words }}'
            {% endfor -%}
            when outcomes.first_failed_gate = 'channel_capacity'
                then 'beyond the capacity of the channel'
            else 'beyond the cap'
        end as reason,
        case definitions.split_by
            when 'activation' then profiles.activation_status
            when 'gender' then coalesce(gender_shares.split_value, profiles.gender)
            else 'ALL'
        end as split_value
    from all_outcomes as outcomes
    inner join requests
        on
            outcomes.request_id = requests.request_id
            and not requests.is_delivered
    inner join definitions
        on outcomes.request_id = definitions.request_id
    inner join profiles
        on outcomes.cust_id = profiles.cust_id
    left join gender_shares
        on
            outcomes.request_id = gender_shares.request_id
            and outcomes.cust_id = gender_shares.cust_id
)

select
    request_id,
    cust_id,
    outcome,
    first_failed_gate,
    reason,
    audience_rank,
    split_value,
    tier_code,
    false as is_delivered
from decided
union all
select
    request_id,
    cust_id,
    outcome,
    first_failed_gate,
    reason,
    audience_rank,
    split_value,
    tier_code,
    true as is_delivered
from delivered
