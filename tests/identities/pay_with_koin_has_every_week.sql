-- A week, business unit and tier of the spine without its row.

with spine as (
    select * from {{ ref('int_weekly_reports__business_unit_weeks') }}
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
left join report
    on
        spine.week_start = report.week_start
        and spine.bu_code = report.bu_code
where coalesce(report.row_count, 0) <> 5
