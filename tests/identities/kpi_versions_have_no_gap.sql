-- A figure whose versions are not numbered 1, 2, 3 ..., or are not in the order of the loads: state
-- that was lost or written twice.

with versions as (
    select * from {{ ref('kpi_versions') }}
),

ordered as (
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        version_number,
        recorded_at,
        lag(version_number, 1, 0) over (
            partition by week_start, bu_code, report, dimension, dimension_value, kpi
            order by version_number
        ) as previous_version_number,
        lag(recorded_at) over (
            partition by week_start, bu_code, report, dimension, dimension_value, kpi
            order by version_number
        ) as previous_recorded_at
    from versions
)

select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    version_number
from ordered
where
    version_number <> previous_version_number + 1
    or recorded_at <= previous_recorded_at
