-- One row a month that the data cover, from the month of the first receipt to that of the as-of
-- date.

with dates as (
    select * from {{ ref('dim_dates') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
)

select
    dates.month_start,
    dates.month_end,
    run.as_of_date,
    cast(row_number() over (order by dates.month_start) as integer) as month_number,
    {{ is_complete_month('dates.month_start', 'run.as_of_date', 'run.first_receipt_date') }}
        as is_complete_month
from dates
inner join run
    on
        dates.month_end >= run.first_receipt_date
        and dates.month_start <= run.as_of_date
where dates.date_day = dates.month_start
