-- One row a member and week in which koin fall due or due koin change: koin of lots that are past
-- their expiry at the end of the week (overdue), or will be within 30, 60, 90 days (overdue ones
-- included). A lot's change before the week in which it falls due counts in that week.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__balances'}
) }}

with lot_changes as (
    select * from {{ ref('int_koin__lot_changes') }}
    where {{ is_listed('cust_id', 'int_touched__balances') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

horizons as (
    {% for days in koin_due_horizons() -%}
        select {{ days }} as days_ahead
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

expiry_dates as (
    select expires_on
    from lot_changes
    group by expires_on
),

-- due_on is the first day on which a lot that expires then is due within the horizon.
due_dates as (
    select
        expiry_dates.expires_on,
        horizons.days_ahead,
        {{ date_add_days('expiry_dates.expires_on', '-horizons.days_ahead') }} as due_on
    from expiry_dates
    cross join horizons
),

due_weeks as (
    select
        due_dates.expires_on,
        due_dates.days_ahead,
        dates.week_start
    from due_dates
    inner join run
        on {{ few_rows_condition('due_dates.due_on <= run.as_of_date') }}
    inner join dates
        on due_dates.due_on = dates.date_day
),

due_changes as (
    select
        lot_changes.cust_id,
        due_weeks.days_ahead,
        lot_changes.koin_change,
        greatest(lot_changes.week_start, due_weeks.week_start) as week_start
    from lot_changes
    inner join due_weeks
        on lot_changes.expires_on = due_weeks.expires_on
),

weekly_changes as (
    select
        cust_id,
        week_start,
        cast(sum(case when days_ahead = -1 then koin_change else 0 end) as bigint)
            as overdue_change,
        cast(sum(case when days_ahead = 30 then koin_change else 0 end) as bigint)
            as due_30d_change,
        cast(sum(case when days_ahead = 60 then koin_change else 0 end) as bigint)
            as due_60d_change,
        cast(sum(case when days_ahead = 90 then koin_change else 0 end) as bigint)
            as due_90d_change
    from due_changes
    group by cust_id, week_start
)

-- A lot that was used up before it fell due changes nothing then.
select
    cust_id,
    week_start,
    overdue_change,
    due_30d_change,
    due_60d_change,
    due_90d_change
from weekly_changes
where
    overdue_change <> 0
    or due_30d_change <> 0
    or due_60d_change <> 0
    or due_90d_change <> 0
