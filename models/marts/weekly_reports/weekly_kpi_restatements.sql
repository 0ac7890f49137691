-- One row a figure of a published week and the build whose late or corrected data gave it another
-- value.

with versions as (
    select * from {{ ref('kpi_versions') }}
),

with_published as (
    select
        *,
        lag(value) over (
            partition by week_start, bu_code, report, dimension, dimension_value, kpi
            order by version_number
        ) as published_value
    from versions
)

select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    recorded_at as restated_at,
    published_value,
    value as restated_value,
    cast(value - published_value as numeric(28, 6)) as difference
from with_published
where is_restatement
