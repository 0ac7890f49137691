-- The date macros of macros/cross_db on a leap day, month ends and both ends of a week.
with cases (day_text, month_first, month_last, previous_month, next_year, monday, weekday) as (
    values
    ('2024-02-29', '2024-02-01', '2024-02-29', '2024-01-01', '2025-02-01', '2024-02-26', 4),
    ('2024-03-31', '2024-03-01', '2024-03-31', '2024-02-01', '2025-03-01', '2024-03-25', 7),
    ('2024-12-30', '2024-12-01', '2024-12-31', '2024-11-01', '2025-12-01', '2024-12-30', 1),
    ('2025-01-05', '2025-01-01', '2025-01-31', '2024-12-01', '2026-01-01', '2024-12-30', 7)
),

days as (
    select
        day_text,
        cast(day_text as date) as business_date,
        month_first,
        month_last,
        previous_month,
        next_year,
        monday,
        weekday
    from cases
),

actuals as (
    select
        day_text,
        cast({{ first_day_of_month('business_date') }} as varchar) = month_first as is_month_first,
        cast({{ last_day_of_month('business_date') }} as varchar) = month_last as is_month_last,
        cast({{ add_months('business_date', -1) }} as varchar) = previous_month
            as is_previous_month,
        cast({{ add_months('business_date', 12) }} as varchar) = next_year as is_next_year,
        cast({{ monday_of('business_date') }} as varchar) = monday as is_monday,
        {{ iso_weekday('business_date') }} = weekday as is_weekday,
        cast({{ date_add_days('business_date', 1) }} as varchar) > day_text as is_after,
        {{ date_add_days(date_add_days('business_date', 'weekday'), '-weekday') }} = business_date
            as is_back,
        {{ date_diff_days("cast('2024-01-01' as date)", 'business_date') }}
        = (business_date - cast('2024-01-01' as date)) as is_difference
    from days
)

select day_text
from actuals
where not (
    is_month_first
    and is_month_last
    and is_previous_month
    and is_next_year
    and is_monday
    and is_weekday
    and is_after
    and is_back
    and is_difference
)
