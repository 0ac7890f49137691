-- Both ends are in, over a leap day; an end before the start gives no row.
with bounds as (
    select
        cast('2024-02-27' as date) as starts_on,
        cast('2024-03-02' as date) as ends_on
),

days as (
    {{ date_series('(select starts_on from bounds)', '(select ends_on from bounds)') }}
),

no_days as (
    {{ date_series("cast('2024-03-02' as date)", "cast('2024-03-01' as date)") }}
),

found as (
    select
        count(*) as day_count,
        count(distinct date_day) as distinct_count,
        min(date_day) as first_day,
        max(date_day) as last_day,
        (select count(*) from no_days) as no_day_count
    from days
)

select
    day_count,
    first_day,
    last_day,
    no_day_count
from found
where
    day_count <> 5
    or distinct_count <> 5
    or first_day <> cast('2024-02-27' as date)
    or last_day <> cast('2024-03-02' as date)
    or no_day_count <> 0
