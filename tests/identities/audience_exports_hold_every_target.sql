-- Targets who are in no export, and exported members who are no target.
with audience_members as (
    select * from {{ ref('audience_members') }}
    where cust_id not like 'ERASED-%'
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

exported as (
    {% for channel in ['email_blast', 'wsme', 'waba', 'voucher_injection'] -%}
        select
            request_id,
            cust_id
        from {{ ref('audience_export_' ~ channel) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

targets as (
    select
        audience_members.request_id,
        audience_members.cust_id
    from audience_members
    inner join members
        on audience_members.cust_id = members.cust_id
)

select
    coalesce(targets.request_id, exported.request_id) as request_id,
    coalesce(targets.cust_id, exported.cust_id) as cust_id
from targets
full outer join exported
    on
        targets.request_id = exported.request_id
        and targets.cust_id = exported.cust_id
where
    targets.cust_id is null
    or exported.cust_id is null
