-- One row a campaign of the list: its two periods as far as the data know them, how alike they are,
-- and the days on which receipts matter to it.

with campaigns as (
    select * from {{ ref('campaigns') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

member_windows as (
    select * from {{ ref('int_campaigns__member_windows') }}
),

-- The calendar tells the days of both periods; those that the data know count as days of sales.
days as (
    select
        campaigns.campaign_code,
        dates.is_lebaran_season,
        dates.date_day between campaigns.promo_starts_on and campaigns.promo_ends_on as is_promo,
        dates.date_day between run.first_receipt_date and run.as_of_date as is_known,
        dates.is_public_holiday or dates.is_cuti_bersama as is_holiday
    from campaigns
    inner join dates
        on
            dates.date_day between campaigns.promo_starts_on and campaigns.promo_ends_on
            or dates.date_day between campaigns.control_starts_on and campaigns.control_ends_on
    cross join run
),

counted_days as (
    select
        campaign_code,
        sum(case when is_promo then 1 else 0 end) as promo_period_days,
        sum(case when is_promo then 0 else 1 end) as control_period_days,
        sum(case when is_promo and is_known then 1 else 0 end) as promo_days,
        sum(case when not is_promo and is_known then 1 else 0 end) as control_days,
        sum(case when is_promo and is_lebaran_season then 1 else 0 end) as promo_lebaran_days,
        sum(case when not is_promo and is_lebaran_season then 1 else 0 end)
            as control_lebaran_days,
        sum(case when is_promo and is_holiday then 1 else 0 end) as promo_holidays,
        sum(case when not is_promo and is_holiday then 1 else 0 end) as control_holidays
    from days
    group by campaign_code
),

message_days as (
    select
        campaign_code,
        cast(min(first_sent_ts) as date) as messages_start_on,
        max(window_ends_on) as messages_end_on
    from member_windows
    group by campaign_code
)

select
    campaigns.campaign_code,
    campaigns.campaign_name,
    campaigns.bu_code,
    campaigns.scope_type,
    {{ conversion_days('campaigns.conversion_days') }} as conversion_days,
    campaigns.promo_starts_on,
    campaigns.promo_ends_on,
    campaigns.control_starts_on,
    campaigns.control_ends_on,
    message_days.messages_start_on,
    message_days.messages_end_on,
    case
        when campaigns.promo_starts_on > run.as_of_date then 'not_started'
        when campaigns.promo_ends_on > run.as_of_date then 'running'
        else 'ended'
    end as promo_status,
    cast(counted_days.promo_days as integer) as promo_days,
    cast(counted_days.control_days as integer) as control_days,
    counted_days.control_days = counted_days.control_period_days as is_control_known,
    counted_days.promo_period_days = counted_days.control_period_days as has_equal_periods,
    counted_days.promo_period_days = counted_days.control_period_days
    and mod(
        {{ date_diff_days('campaigns.control_starts_on', 'campaigns.promo_starts_on') }}, 7
    ) = 0 as has_same_weekdays,
    cast(counted_days.promo_lebaran_days as integer) as promo_lebaran_days,
    cast(counted_days.control_lebaran_days as integer) as control_lebaran_days,
    cast(counted_days.promo_holidays as integer) as promo_holidays,
    cast(counted_days.control_holidays as integer) as control_holidays,
    case
        when message_days.messages_start_on < campaigns.control_starts_on
            then message_days.messages_start_on
        else campaigns.control_starts_on
    end as receipts_start_on,
    case
        when message_days.messages_end_on > campaigns.promo_ends_on
            then message_days.messages_end_on
        else campaigns.promo_ends_on
    end as receipts_end_on
from campaigns
inner join counted_days
    on campaigns.campaign_code = counted_days.campaign_code
left join message_days
    on campaigns.campaign_code = message_days.campaign_code
cross join run
