-- One row a figure of a published week and the build whose late or corrected data gave it another
-- value.

with versions as (
    select * from {{ ref('kpi_versions') }}
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

with_published as (
    select
        *,
        cast(
            lag(value) over (
                partition by week_start, bu_code, report, dimension, dimension_value, kpi
                order by version_number
            ) as numeric(28, 6)
        ) as published_value
    from versions
)

select
    with_published.week_start,
    with_published.bu_code,
    with_published.report,
    with_published.dimension,
    with_published.dimension_value,
    with_published.kpi,
    with_published.recorded_at as restated_at,
    with_published.published_value,
    with_published.value as restated_value,
    cast(with_published.value - with_published.published_value as numeric(28, 6)) as difference,
    coalesce(weeks.is_complete_week, false) as is_complete_week
from with_published
left join weeks
    on with_published.week_start = weeks.week_start
where with_published.is_restatement
