-- One row a delivered request and member who matched it. State: written by `koin deliver`, and from
-- then on what the audience is. No contact data; who was erased since stays without id.
{{ config(
    schema='audiences',
    group='audiences',
    access='protected',
    grants={'select': ['bi_role', 'campaign_role']},
) }}

with delivered as (
    {{ published_rows('audience_deliveries') }}
),

erased_members as (
    select * from {{ ref('dim_members') }}
    where is_erased
),

judged as (
    select
        delivered.request_id,
        delivered.cust_id,
        delivered.outcome,
        delivered.first_failed_gate,
        delivered.reason,
        delivered.audience_rank,
        delivered.split_value,
        delivered.tier_code,
        delivered.cust_id like 'ERASED-%' as is_anonymous,
        erased_members.cust_id is not null as is_erased
    from delivered
    left join erased_members
        on delivered.cust_id = erased_members.cust_id
),

-- Those who lost their id before keep their number.
anonymous_counts as (
    select
        request_id,
        count(*) as anonymous_count
    from judged
    where is_anonymous
    group by request_id
),

erased_numbers as (
    select
        judged.request_id,
        judged.cust_id,
        coalesce(anonymous_counts.anonymous_count, 0)
        + row_number() over (
            partition by judged.request_id order by {{ text_order('judged.cust_id') }}
        ) as erased_number
    from judged
    left join anonymous_counts
        on judged.request_id = anonymous_counts.request_id
    where judged.is_erased
)

select
    judged.request_id,
    judged.outcome,
    judged.first_failed_gate,
    judged.reason,
    judged.audience_rank,
    judged.split_value,
    judged.tier_code,
    case
        when erased_numbers.cust_id is not null
            then
                'ERASED-'
                || right('000000000' || cast(erased_numbers.erased_number as varchar), 9)
        else judged.cust_id
    end as cust_id
from judged
left join erased_numbers
    on
        judged.request_id = erased_numbers.request_id
        and judged.cust_id = erased_numbers.cust_id
