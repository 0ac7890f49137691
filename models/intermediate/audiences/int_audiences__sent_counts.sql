-- One row a request with a frequency cap and member to whom its channel sent messages in the days
-- that the cap looks at.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where
        is_buildable
        and not is_delivered
        and frequency_cap_messages is not null
),

sent_days as (
    select * from {{ ref('int_members__sent_days') }}
),

windows as (
    select
        request_id,
        stamps_channel,
        send_starts_on,
        {{ date_add_days('send_starts_on', '-frequency_cap_days') }} as starts_on
    from requests
),

-- Most messages are older than any window.
first_window as (
    select min(starts_on) as starts_on from windows
),

recent_days as (
    select
        sent_days.cust_id,
        sent_days.channel,
        sent_days.sent_date,
        sent_days.sent_count
    from sent_days
    inner join first_window
        on sent_days.sent_date >= first_window.starts_on
)

select
    windows.request_id,
    recent_days.cust_id,
    cast(sum(recent_days.sent_count) as bigint) as sent_count
from windows
inner join recent_days
    on
        windows.stamps_channel = recent_days.channel
        and windows.send_starts_on > recent_days.sent_date
        and windows.starts_on <= recent_days.sent_date
group by windows.request_id, recent_days.cust_id
