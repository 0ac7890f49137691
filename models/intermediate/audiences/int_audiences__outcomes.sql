-- One row a request and matched member with what became of the member. The select holds what does
-- not depend on other requests: delivered audiences, and members whom the channel itself keeps out.
-- The hook adds the rest, level by level.
{{ config(post_hook="{{ resolve_audiences(this) }}") }}

with requests as (
    select * from {{ ref('int_audiences__requests') }}
),

delivered_decisions as (
    select * from {{ ref('audience_deliveries') }}
),

candidates as (
    select * from {{ ref('int_audiences__candidates') }}
),

channel_gates as (
    select * from {{ ref('int_audiences__channel_gates') }}
),

-- Read by the hook. depends_on: {{ ref('int_audiences__dependencies') }},
-- depends_on: {{ ref('int_audiences__sent_counts') }}, {{ ref('int_requests__definitions') }}
delivered as (
    select
        delivered_decisions.request_id,
        delivered_decisions.cust_id,
        channel_gates.contact_key,
        delivered_decisions.outcome,
        delivered_decisions.first_failed_gate,
        delivered_decisions.reason,
        delivered_decisions.audience_rank
    from delivered_decisions
    inner join requests
        on delivered_decisions.request_id = requests.request_id
    left join channel_gates
        on
            requests.channel = channel_gates.channel
            and delivered_decisions.cust_id = channel_gates.cust_id
)

select
    request_id,
    cust_id,
    contact_key,
    outcome,
    first_failed_gate,
    reason,
    audience_rank
from delivered
union all
select
    request_id,
    cust_id,
    contact_key,
    'rejected' as outcome,
    failed_gate as first_failed_gate,
    reason,
    cast(null as bigint) as audience_rank
from candidates
where failed_gate is not null
