-- One row a store that opened after the first day of the data and by the as-of date, with the days
-- that its analysis looks at. They count from its first day with a completed receipt, whatever the
-- day of opening on paper.

with sites as (
    select * from {{ ref('dim_sites') }}
    where opened_on is not null
),

trading_days as (
    select * from {{ ref('int_site_trading__days') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

openings as (
    select
        sites.site_code,
        sites.site_name,
        sites.bu_code,
        sites.opened_on,
        run.as_of_date,
        run.first_receipt_date,
        coalesce(trading_days.first_trading_day, sites.opened_on) as first_trading_day
    from sites
    inner join run
        on
            sites.opened_on > run.first_receipt_date
            and sites.opened_on <= run.as_of_date
    left join trading_days
        on sites.site_code = trading_days.site_code
),

windows as (
    select
        site_code,
        site_name,
        bu_code,
        opened_on,
        as_of_date,
        first_receipt_date,
        first_trading_day,
        {{ date_add_days('first_trading_day', -1) }} as before_ends_on,
        {{ date_add_days('first_trading_day', -var('site_movement_days')) }} as before_starts_on,
        {{ date_add_days('first_trading_day', var('site_movement_days') - 1) }} as window_ends_on
    from openings
    where first_trading_day > first_receipt_date
)

select
    site_code as opened_site_code,
    site_name as opened_site_name,
    bu_code,
    opened_on,
    first_trading_day,
    {{ twelve_months_start('before_ends_on') }} as history_since,
    before_starts_on,
    window_ends_on,
    window_ends_on <= as_of_date as is_mature,
    before_starts_on >= first_receipt_date as is_before_known,
    {{ twelve_months_start('before_ends_on') }} >= first_receipt_date as has_full_history
from windows
