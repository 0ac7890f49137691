-- One row a request and matched member with what became of the member, but for those whom the
-- channel itself keeps out (int_audiences__candidates). The select holds what does not depend on
-- other requests: delivered audiences. The hook adds the rest, level by level.
{{ config(post_hook="{{ resolve_audiences(this) }}") }}

with requests as (
    select * from {{ ref('int_audiences__requests') }}
),

delivered_decisions as (
    select * from {{ ref('audience_deliveries') }}
),

channel_gates as (
    select * from {{ ref('int_audiences__channel_gates') }}
),

-- Read by the hook. depends_on: {{ ref('int_audiences__candidates') }},
-- depends_on: {{ ref('int_audiences__dependencies') }}, {{ ref('int_audiences__sent_counts') }},
-- depends_on: {{ ref('int_requests__definitions') }}
delivered as (
    select
        delivered_decisions.request_id,
        delivered_decisions.cust_id,
        channel_gates.contact_key,
        delivered_decisions.outcome,
        delivered_decisions.first_failed_gate,
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
    audience_rank
from delivered
