-- Gates that do not join, or outcomes that do not make the matched.
with funnel as (
    select * from {{ ref('audience_funnel') }}
),

decisions as (
    select * from {{ ref('audience_decisions') }}
),

outcomes as (
    select
        request_id,
        count(*) as matched_count,
        sum(case when outcome in ('target', 'holdout', 'reserve') then 1 else 0 end)
            as passed_count,
        sum(case when outcome = 'rejected' and first_failed_gate is null then 1 else 0 end)
            as unexplained_count
    from decisions
    group by request_id
),

chained as (
    select
        request_id,
        gate_order,
        members_in,
        members_rejected,
        members_out,
        lag(members_out) over (partition by request_id order by gate_order) as members_before,
        lead(gate_order) over (partition by request_id order by gate_order) as next_gate_order
    from funnel
)

select
    chained.request_id,
    chained.gate_order
from chained
left join outcomes
    on chained.request_id = outcomes.request_id
where
    chained.members_in - chained.members_rejected <> chained.members_out
    or chained.members_in <> coalesce(chained.members_before, outcomes.matched_count, 0)
    or (
        chained.next_gate_order is null
        and chained.members_out <> coalesce(outcomes.passed_count, 0)
    )
    or outcomes.unexplained_count > 0
