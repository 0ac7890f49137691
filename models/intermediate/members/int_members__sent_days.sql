-- One row a member, channel and date on which messages were sent to the member's Stamps id: members
-- who share an id got the same messages.

with members as (
    select * from {{ ref('stg_cohesive__members') }}
    where stamps_user_id is not null
),

events as (
    select * from {{ ref('stg_stamps__message_events') }}
    where event_type = 'sent'
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

sent_days as (
    select
        events.stamps_user_id,
        events.channel,
        cast(events.event_ts as date) as sent_date,
        count(*) as sent_count
    from events
    inner join run
        on {{ few_rows_condition('cast(events.event_ts as date) <= run.as_of_date') }}
    group by events.stamps_user_id, events.channel, cast(events.event_ts as date)
)

select
    members.cust_id,
    sent_days.channel,
    sent_days.sent_date,
    cast(sent_days.sent_count as bigint) as sent_count
from members
inner join sent_days
    on members.stamps_user_id = sent_days.stamps_user_id
