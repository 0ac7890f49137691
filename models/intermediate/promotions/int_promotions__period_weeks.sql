-- One row a promotion, period, business unit and week: the weeks of the data that overlap the
-- period, and those up to the last return of something sold in it, without a gap.

with listed_skus as (
    select * from {{ ref('int_promotions__listed_skus') }}
),

lines as (
    select * from {{ ref('int_promotions__lines') }}
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

periods as (
    select
        promotion,
        period_code,
        bu_code,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from listed_skus
    group by promotion, period_code, bu_code
),

counted as (
    select
        promotion,
        period_code,
        bu_code,
        min(week_start) as first_week_start,
        max(week_start) as last_week_start
    from lines
    group by promotion, period_code, bu_code
),

spans as (
    select
        periods.promotion,
        periods.period_code,
        periods.bu_code,
        case
            when counted.first_week_start < periods.starts_on then counted.first_week_start
            else periods.starts_on
        end as starts_on,
        case
            when counted.last_week_start > periods.ends_on then counted.last_week_start
            else periods.ends_on
        end as ends_on
    from periods
    left join counted
        on
            periods.promotion = counted.promotion
            and periods.period_code = counted.period_code
            and periods.bu_code = counted.bu_code
)

select
    spans.promotion,
    spans.period_code,
    spans.bu_code,
    weeks.week_start,
    weeks.week_end,
    weeks.is_complete_week
from spans
inner join weeks
    on
        spans.starts_on <= weeks.week_end
        and spans.ends_on >= weeks.week_start
