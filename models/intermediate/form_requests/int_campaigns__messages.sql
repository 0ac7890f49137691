-- One row a message of a campaign and its recipient: what became of it. Recipients are not
-- additive.

with events as (
    select * from {{ ref('fct_message_events') }}
),

-- Opens and clicks prove a delivery whose own event was lost.
grouped as (
    select
        recipient_id,
        coalesce(campaign_code, 'UNKNOWN') as campaign_code,
        coalesce(channel, 'UNKNOWN') as channel,
        coalesce(message_id, 'event ' || event_id) as message_key,
        max(cust_id) as cust_id,
        min(case when event_type = 'sent' then event_ts end) as logged_sent_ts,
        min(event_ts) as first_event_ts,
        max(case when event_type = 'sent' then 1 else 0 end) as sent_flag,
        max(case when {{ is_proof_of_delivery('event_type') }} then 1 else 0 end)
            as delivered_flag,
        max(case when event_type = 'bounced' then 1 else 0 end) as bounced_flag,
        max(case when is_human_engagement then 1 else 0 end) as opened_flag,
        max(case when event_type = 'clicked' then 1 else 0 end) as clicked_flag,
        max(
            case when event_type = 'opened' and not is_human_engagement then 1 else 0 end
        ) as machine_opened_flag,
        max(case when event_type = 'unsubscribed' then 1 else 0 end) as unsubscribed_flag
    from events
    group by
        recipient_id,
        coalesce(campaign_code, 'UNKNOWN'),
        coalesce(channel, 'UNKNOWN'),
        coalesce(message_id, 'event ' || event_id)
)

select
    campaign_code,
    channel,
    message_key,
    recipient_id,
    cust_id,
    coalesce(logged_sent_ts, first_event_ts) as sent_ts,
    sent_flag = 1 as is_sent,
    delivered_flag = 1 as is_delivered,
    bounced_flag = 1 as is_bounced,
    opened_flag = 1 as is_opened,
    clicked_flag = 1 as is_clicked,
    machine_opened_flag = 1 as is_machine_opened,
    unsubscribed_flag = 1 as is_unsubscribed
from grouped
