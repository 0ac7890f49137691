-- Targets who are in no export, and exported members who are no target. Of a delivered audience
-- those may be missing who have lost a contact since.
with decisions as (
    select * from {{ ref('audience_decisions') }}
    where outcome = 'target'
),

exported as (
    {% for channel in ['email_blast', 'wsme', 'waba', 'voucher_injection'] -%}
        select
            request_id,
            cust_id
        from {{ ref('audience_export_' ~ channel) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    coalesce(decisions.request_id, exported.request_id) as request_id,
    coalesce(decisions.cust_id, exported.cust_id) as cust_id
from decisions
full outer join exported
    on
        decisions.request_id = exported.request_id
        and decisions.cust_id = exported.cust_id
where
    decisions.cust_id is null
    or (exported.cust_id is null and not decisions.is_delivered)
