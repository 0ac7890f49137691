-- One row a request and member who gets its message. No contact data.

with decisions as (
    select * from {{ ref('audience_decisions') }}
    where outcome = 'target'
)

select
    request_id,
    cust_id,
    audience_rank,
    split_value,
    tier_code
from decisions
