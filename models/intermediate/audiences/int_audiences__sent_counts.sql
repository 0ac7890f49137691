-- One row a request with a frequency cap and member to whom its channel sent messages in the days
-- that the cap looks at.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where
        is_buildable
        and not is_delivered
        and frequency_cap_messages is not null
),

sent_messages as (
    select * from {{ ref('fct_message_events') }}
    where
        event_type = 'sent'
        and cust_id is not null
)

select
    requests.request_id,
    sent_messages.cust_id,
    cast(count(*) as bigint) as sent_count
from requests
inner join sent_messages
    on
        requests.stamps_channel = sent_messages.channel
        and requests.send_starts_on > sent_messages.event_date
        and {{ date_add_days('requests.send_starts_on', '-requests.frequency_cap_days') }}
        <= sent_messages.event_date
group by requests.request_id, sent_messages.cust_id
