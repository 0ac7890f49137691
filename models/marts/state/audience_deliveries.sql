-- One row a delivered request and member who matched it. State: written by `koin deliver`, and from
-- then on what the audience is. No contact data; who was erased since stays without id.
{{ config(schema='audiences', group='audiences', access='protected') }}

with delivered as (
    {{ published_rows('audience_deliveries') }}
),

published as (
    select
        *,
        cust_id like 'ERASED-%' as is_anonymous
    from delivered
),

erased_members as (
    select * from {{ ref('dim_members') }}
    where is_erased
),

judged as (
    select
        published.request_id,
        published.cust_id,
        published.outcome,
        published.first_failed_gate,
        published.reason,
        published.audience_rank,
        published.split_value,
        published.tier_code,
        published.is_anonymous,
        published.is_anonymous or erased_members.cust_id is not null as is_erased
    from published
    left join erased_members
        on published.cust_id = erased_members.cust_id
),

-- Those who lost their id before keep their number.
numbered as (
    select
        *,
        row_number() over (
            partition by request_id, is_erased
            order by case when is_anonymous then 0 else 1 end, {{ text_order('cust_id') }}
        ) as erased_number
    from judged
)

select
    request_id,
    outcome,
    first_failed_gate,
    reason,
    audience_rank,
    split_value,
    tier_code,
    case
        when is_erased then 'ERASED-' || right('000000000' || cast(erased_number as varchar), 9)
        else cust_id
    end as cust_id
from numbered
