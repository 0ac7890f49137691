-- Members in reserve, not held out, who are ranked above a target.
with decisions as (
    select * from {{ ref('audience_decisions') }}
    where not is_delivered
),

candidates as (
    select * from {{ ref('int_audiences__candidates') }}
),

last_targets as (
    select
        request_id,
        max(audience_rank) as last_target_rank
    from decisions
    where outcome = 'target'
    group by request_id
)

select
    decisions.request_id,
    decisions.cust_id
from decisions
inner join last_targets
    on decisions.request_id = last_targets.request_id
inner join candidates
    on
        decisions.request_id = candidates.request_id
        and decisions.cust_id = candidates.cust_id
where
    decisions.outcome = 'reserve'
    and not candidates.is_held_out
    and decisions.audience_rank < last_targets.last_target_rank
