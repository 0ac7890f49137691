-- One row a week and business unit whose figures were published, with the build that did so first.

with versions as (
    select * from {{ ref('kpi_versions') }}
    where not is_restatement
)

select
    week_start,
    bu_code,
    min(recorded_at) as published_at
from versions
group by week_start, bu_code
