-- Requests above their cap, or below it while members wait without a reason.
with decisions as (
    select * from {{ ref('audience_decisions') }}
    where not is_delivered
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

counts as (
    select
        request_id,
        sum(case when outcome = 'target' then 1 else 0 end) as target_count,
        sum(case when first_failed_gate = 'channel_capacity' then 1 else 0 end) as crowded_count,
        sum(case when outcome = 'reserve' then 1 else 0 end) as reserve_count
    from decisions
    group by request_id
)

select
    counts.request_id,
    counts.target_count,
    definitions.cap
from counts
inner join definitions
    on counts.request_id = definitions.request_id
where
    counts.target_count > definitions.cap
    or (
        counts.reserve_count > 0
        and counts.crowded_count = 0
        and coalesce(counts.target_count < definitions.cap, true)
        and coalesce(definitions.holdout_share, 0) = 0
    )
