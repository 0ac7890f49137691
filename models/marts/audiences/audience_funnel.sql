-- One row a request and gate: how many members came to it, and how many it kept out.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable
),

decisions as (
    select * from {{ ref('audience_decisions') }}
),

gates as (
    {% for gate in audience_gates() -%}
        select
            {{ loop.index }} as gate_order,
            '{{ gate }}' as gate
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

matched as (
    select
        request_id,
        count(*) as matched_count
    from decisions
    group by request_id
),

rejected as (
    select
        request_id,
        first_failed_gate as gate,
        count(*) as rejected_count
    from decisions
    where outcome = 'rejected'
    group by request_id, first_failed_gate
),

counted as (
    select
        requests.request_id,
        gates.gate_order,
        gates.gate,
        coalesce(matched.matched_count, 0) as matched_count,
        coalesce(rejected.rejected_count, 0) as rejected_count
    from requests
    cross join gates
    left join matched
        on requests.request_id = matched.request_id
    left join rejected
        on
            requests.request_id = rejected.request_id
            and gates.gate = rejected.gate
),

running as (
    select
        request_id,
        gate_order,
        gate,
        matched_count,
        rejected_count,
        sum(rejected_count) over (
            partition by request_id
            order by gate_order
            rows between unbounded preceding and current row
        ) as rejected_so_far
    from counted
)

select
    request_id,
    cast(gate_order as integer) as gate_order,
    gate,
    cast(matched_count - rejected_so_far + rejected_count as bigint) as members_in,
    cast(rejected_count as bigint) as members_rejected,
    cast(matched_count - rejected_so_far as bigint) as members_out
from running
