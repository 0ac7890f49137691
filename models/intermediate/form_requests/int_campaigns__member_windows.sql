-- One row a campaign of the list and member whom a message of it reached: when a purchase of the
-- member is a conversion.

with messages as (
    select * from {{ ref('int_campaigns__messages') }}
    where is_delivered and cust_id is not null
),

campaigns as (
    select * from {{ ref('campaigns') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

reached as (
    select
        campaign_code,
        cust_id,
        cast(max(sent_ts) as date) as last_sent_date,
        min(sent_ts) as first_sent_ts
    from messages
    group by campaign_code, cust_id
),

windows as (
    select
        reached.campaign_code,
        reached.cust_id,
        reached.first_sent_ts,
        reached.last_sent_date,
        {{ date_add_days(
            'reached.last_sent_date', conversion_days('campaigns.conversion_days')
        ) }} as window_ends_on
    from reached
    inner join campaigns
        on reached.campaign_code = campaigns.campaign_code
)

select
    windows.campaign_code,
    windows.cust_id,
    windows.first_sent_ts,
    windows.last_sent_date,
    windows.window_ends_on,
    windows.window_ends_on <= run.as_of_date as is_window_over
from windows
cross join run
