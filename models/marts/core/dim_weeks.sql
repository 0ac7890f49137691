-- One row a week that the data cover, from the week of the first receipt to that of the as-of date.
-- The spine of every weekly mart: a week without data has its row.

with dates as (
    select * from {{ ref('dim_dates') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

weeks as (
    select
        dates.week_start,
        dates.week_end,
        run.as_of_date,
        {{ is_complete_week('dates.week_start', 'run.as_of_date', 'run.first_receipt_date') }}
            as is_complete_week
    from dates
    inner join run
        on
            dates.week_end >= run.first_receipt_date
            and dates.week_start <= run.as_of_date
    where dates.date_day = dates.week_start
)

select
    week_start,
    week_end,
    cast(extract(isoyear from week_start) as integer) as iso_year,
    cast(extract(week from week_start) as integer) as iso_week,
    cast(row_number() over (order by week_start) as integer) as week_number,
    is_complete_week,
    case when as_of_date < week_end then as_of_date else week_end end as last_known_date
from weeks
