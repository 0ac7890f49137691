-- A week, business unit and tier of the spine without its row.

with spine as (
    select * from {{ ref('int_weekly_reports__business_unit_weeks') }}
),

rows_of_a_week as (
    select count(*) + 1 as row_count from {{ ref('dim_tiers') }}
),

report as (
    select
        week_start,
        bu_code,
        count(*) as row_count
    from {{ ref('weekly_pay_with_koin') }}
    group by week_start, bu_code
)

select
    spine.week_start,
    spine.bu_code,
    report.row_count
from spine
cross join rows_of_a_week
left join report
    on
        spine.week_start = report.week_start
        and spine.bu_code = report.bu_code
where coalesce(report.row_count, 0) <> rows_of_a_week.row_count
