-- A campaign and channel whose sent messages are not those of the message log, or that is missing
-- in one of the two; or campaign products whose recipients are not those of its messages.

with events as (
    select * from {{ ref('fct_message_events') }}
),

messages as (
    select * from {{ ref('campaign_messages') }}
),

products as (
    select * from {{ ref('wsme_product_performance') }}
),

logged as (
    select
        coalesce(campaign_code, 'UNKNOWN') as campaign_code,
        coalesce(channel, 'UNKNOWN') as channel,
        -- A message that names two recipients is two.
        count(
            distinct case
                when event_type = 'sent' then recipient_id || '|' || coalesce(message_id, event_id)
            end
        ) as sent_count,
        count(distinct recipient_id) as recipient_count
    from events
    group by coalesce(campaign_code, 'UNKNOWN'), coalesce(channel, 'UNKNOWN')
),

reached as (
    select
        campaign_code,
        sum(delivered_member_count) as delivered_member_count,
        max(delivered_member_count) as greatest_member_count
    from messages
    group by campaign_code
)

select
    coalesce(logged.campaign_code, messages.campaign_code) as campaign_code,
    coalesce(logged.channel, messages.channel) as channel
from logged
full outer join messages
    on
        logged.campaign_code = messages.campaign_code
        and logged.channel = messages.channel
where
    logged.campaign_code is null
    or messages.campaign_code is null
    or logged.sent_count <> messages.sent_count
    or logged.recipient_count <> messages.recipient_count
union all
select
    products.campaign_code,
    'any' as channel
from products
inner join reached
    on products.campaign_code = reached.campaign_code
where
    products.delivered_member_count > reached.delivered_member_count
    or products.delivered_member_count < reached.greatest_member_count
