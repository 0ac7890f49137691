-- One row a week of the koin ladder: that of the as-of date, and the thirteen after it.

with dates as (
    select * from {{ ref('dim_dates') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

this_week as (
    select
        run.as_of_date,
        dates.week_start
    from run
    inner join dates
        on run.as_of_date = dates.date_day
)

select
    dates.week_start,
    dates.week_end,
    this_week.as_of_date,
    this_week.week_start as as_of_week_start
from dates
inner join this_week
    on
        dates.date_day between this_week.week_start
        and {{ date_add_days('this_week.week_start', 13 * 7) }}
where dates.date_day = dates.week_start
