-- Asked by the campaign team: whom to write to again after Festival Koin? Members who opened or
-- clicked, did not buy at AZKO in their window, and may still be e-mailed; the warmest first.

with events as (
    select * from {{ ref('fct_message_events') }}
    where campaign_code = 'AZ-FESKOIN25' and cust_id is not null
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where bu_code = 'AZKO' and is_transaction and not is_pre_cohesive
),

profiles as (
    select * from {{ ref('member_profile') }}
    where email_reachability = 'reachable'
),

campaign as (
    select max(conversion_days) as conversion_days from {{ ref('campaign_messages') }}
    where campaign_code = 'AZ-FESKOIN25'
),

run as (
    select max(last_known_date) as as_of_date from {{ ref('dim_weeks') }}
),

-- A message was sent when its log says so, else at its first event.
messages as (
    select
        cust_id,
        coalesce(min(case when event_type = 'sent' then event_ts end), min(event_ts)) as sent_ts,
        max(case when is_human_engagement then 1 else 0 end) as opened_flag,
        max(case when event_type = 'clicked' then 1 else 0 end) as clicked_flag
    from events
    group by cust_id, channel, coalesce(message_id, 'event ' || event_id)
    having max(case when {{ is_proof_of_delivery('event_type') }} then 1 else 0 end) = 1
),

reached as (
    select
        cust_id,
        cast(max(sent_ts) as date) as last_sent_date,
        min(sent_ts) as first_sent_ts,
        sum(opened_flag) as opened_message_count,
        max(clicked_flag) as has_clicked
    from messages
    group by cust_id
),

windows as (
    select
        reached.cust_id,
        reached.first_sent_ts,
        reached.opened_message_count,
        reached.has_clicked,
        {{ date_add_days('reached.last_sent_date', 'campaign.conversion_days') }} as window_ends_on
    from reached
    cross join campaign
),

converters as (
    select windows.cust_id
    from windows
    inner join receipts
        on
            windows.cust_id = receipts.cust_id
            and {{ is_conversion('windows', 'receipts') }}
    group by windows.cust_id
)

select
    windows.cust_id,
    profiles.tier_code,
    profiles.koin_balance,
    profiles.last_transaction_date,
    windows.opened_message_count,
    windows.has_clicked = 1 as has_clicked
from windows
inner join run
    on windows.window_ends_on <= run.as_of_date
inner join profiles
    on windows.cust_id = profiles.cust_id
left join converters
    on windows.cust_id = converters.cust_id
where
    windows.opened_message_count > 0
    and converters.cust_id is null
order by
    windows.has_clicked desc nulls last,
    profiles.koin_balance desc nulls last,
    windows.cust_id asc
