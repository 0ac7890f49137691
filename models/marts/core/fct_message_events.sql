-- One row a message event up to the as-of date, with the member known as of the run who has its
-- Stamps id. Recipients are not additive.

with events as (
    select * from {{ ref('stg_stamps__message_events') }}
),

delivered_members as (
    select * from {{ ref('stg_cohesive__members') }}
    where stamps_user_id is not null
),

members as (
    select * from {{ ref('int_members__resolved') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

-- Members should not share a Stamps id; where they do, the event goes to the first of them. Who is
-- erased comes last: reports leave such a member out, and the message was somebody's.
ranked_recipients as (
    select
        delivered_members.stamps_user_id,
        members.cust_id,
        row_number() over (
            partition by delivered_members.stamps_user_id
            order by
                case when members.is_erased then 1 else 0 end,
                {{ text_order('members.cust_id') }}
        ) as member_rank
    from delivered_members
    inner join members
        on delivered_members.cust_id = members.cust_id
),

recipients as (
    select
        stamps_user_id,
        cust_id
    from ranked_recipients
    where member_rank = 1
)

select
    events.event_id,
    events.message_id,
    recipients.cust_id,
    events.campaign_code,
    events.channel,
    events.event_type,
    events.bounce_type,
    events.is_machine_open,
    events.event_ts,
    coalesce(
        recipients.cust_id,
        'stamps ' || md5(events.stamps_user_id),
        'message ' || events.message_id,
        'event ' || events.event_id
    ) as recipient_id,
    cast(events.event_ts as date) as event_date,
    {{ is_human_engagement('events.event_type', 'events.is_machine_open') }} as is_human_engagement
from events
inner join run
    on {{ few_rows_condition('cast(events.event_ts as date) <= run.as_of_date') }}
left join recipients
    on events.stamps_user_id = recipients.stamps_user_id
