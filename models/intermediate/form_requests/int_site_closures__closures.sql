-- One row a store that has closed by the as-of date, with the days that its analysis looks at. They
-- count from its last day with a completed receipt, whatever the day of closing on paper.

with sites as (
    select * from {{ ref('dim_sites') }}
    where closed_on is not null
),

trading_days as (
    select * from {{ ref('int_site_trading__days') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

closures as (
    select
        sites.site_code,
        sites.site_name,
        sites.bu_code,
        sites.closed_on,
        run.as_of_date,
        run.first_receipt_date,
        coalesce(trading_days.last_trading_day, sites.closed_on) as last_trading_day
    from sites
    inner join run
        on sites.closed_on <= run.as_of_date
    left join trading_days
        on sites.site_code = trading_days.site_code
),

windows as (
    select
        site_code,
        site_name,
        bu_code,
        closed_on,
        as_of_date,
        first_receipt_date,
        last_trading_day,
        {{ twelve_months_start('last_trading_day') }} as buyers_since,
        {{ last_month_end('last_trading_day') }} as preference_date,
        {{ date_add_days('last_trading_day', 1 - var('site_movement_days')) }} as before_starts_on,
        {{ date_add_days('last_trading_day', var('site_movement_days')) }} as window_ends_on
    from closures
    where last_trading_day >= first_receipt_date
)

select
    site_code as closed_site_code,
    site_name as closed_site_name,
    bu_code,
    closed_on,
    last_trading_day,
    buyers_since,
    preference_date,
    {{ twelve_months_start('preference_date') }} as preference_since,
    before_starts_on,
    window_ends_on,
    window_ends_on <= as_of_date as is_mature,
    before_starts_on >= first_receipt_date as is_before_known
from windows
