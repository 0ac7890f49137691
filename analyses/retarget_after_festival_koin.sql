-- Asked by the campaign team: whom to write to again after Festival Koin? Members who opened or
-- clicked, did not buy at AZKO in their window, and may still be e-mailed; the warmest first.

with messages as (
    select * from {{ ref('int_campaigns__messages') }}
    where campaign_code = 'AZ-FESKOIN25' and is_opened
),

windows as (
    select * from {{ ref('int_campaigns__member_windows') }}
    where campaign_code = 'AZ-FESKOIN25' and is_window_over
),

receipts as (
    select * from {{ ref('int_campaigns__receipts') }}
    where campaign_code = 'AZ-FESKOIN25' and is_transaction
),

profiles as (
    select * from {{ ref('member_profile') }}
    where email_reachability = 'reachable'
),

warm as (
    select
        cust_id,
        max(case when is_clicked then 1 else 0 end) as has_clicked,
        count(*) as opened_message_count
    from messages
    group by cust_id
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
    warm.cust_id,
    profiles.tier_code,
    profiles.koin_balance,
    profiles.last_transaction_date,
    warm.opened_message_count,
    warm.has_clicked = 1 as has_clicked
from warm
inner join windows
    on warm.cust_id = windows.cust_id
inner join profiles
    on warm.cust_id = profiles.cust_id
left join converters
    on warm.cust_id = converters.cust_id
where converters.cust_id is null
order by warm.has_clicked desc nulls last, profiles.koin_balance desc nulls last, warm.cust_id asc
