-- One row a figure of weekly_kpis and published version of it. State: the published rows, and what
-- this build adds: the figures of weeks that were never published, and other values of those that
-- were.
{{ config(schema='state', group='weekly_reports', access='protected') }}

with published as (
    select * from {{ ref('int_kpi_versions__published') }}
),

kpis as (
    select * from {{ ref('weekly_kpis') }}
    where is_complete_week
),

weeks as (
    select * from {{ ref('dim_weeks') }}
    where is_complete_week
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

loads as (
    select * from {{ ref('stg_loads__days') }}
),

new_loads as (
    select count(*) as load_count from loads
    where is_new
),

published_weeks as (
    select week_start from published
    group by week_start
),

-- A KPI that a new version of the project adds was never published, whatever the week.
published_kpis as (
    select
        report,
        kpi
    from published
    group by report, kpi
),

last_records as (
    select max(recorded_at) as recorded_at from published
),

last_versions as (
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        max(version_number) as version_number
    from published
    group by week_start, bu_code, report, dimension, dimension_value, kpi
),

-- Weeks that this run does not know as complete are left as they are.
latest_versions as (
    select
        published.week_start,
        published.bu_code,
        published.report,
        published.dimension,
        published.dimension_value,
        published.kpi,
        published.version_number,
        published.value
    from published
    inner join last_versions
        on
            published.week_start = last_versions.week_start
            and published.bu_code = last_versions.bu_code
            and published.report = last_versions.report
            and published.dimension = last_versions.dimension
            and published.dimension_value = last_versions.dimension_value
            and published.kpi = last_versions.kpi
            and published.version_number = last_versions.version_number
    inner join weeks
        on published.week_start = weeks.week_start
),

compared as (
    select
        kpis.value,
        latest_versions.value as published_value,
        coalesce(kpis.week_start, latest_versions.week_start) as week_start,
        coalesce(kpis.bu_code, latest_versions.bu_code) as bu_code,
        coalesce(kpis.report, latest_versions.report) as report,
        coalesce(kpis.dimension, latest_versions.dimension) as dimension,
        coalesce(kpis.dimension_value, latest_versions.dimension_value) as dimension_value,
        coalesce(kpis.kpi, latest_versions.kpi) as kpi,
        coalesce(latest_versions.version_number, 0) as version_number,
        kpis.kpi is not null and latest_versions.kpi is not null as is_in_both,
        kpis.kpi is not null and kpis.denominator is null as is_measure
    from kpis
    full outer join latest_versions
        on
            kpis.week_start = latest_versions.week_start
            and kpis.bu_code = latest_versions.bu_code
            and kpis.report = latest_versions.report
            and kpis.dimension = latest_versions.dimension
            and kpis.dimension_value = latest_versions.dimension_value
            and kpis.kpi = latest_versions.kpi
),

judged as (
    select
        compared.week_start,
        compared.bu_code,
        compared.report,
        compared.dimension,
        compared.dimension_value,
        compared.kpi,
        compared.version_number,
        compared.value,
        compared.published_value,
        compared.is_in_both,
        compared.is_measure,
        run.last_loaded_at,
        last_records.recorded_at as last_recorded_at,
        published_weeks.week_start is not null
        and published_kpis.kpi is not null as is_restatement,
        coalesce(run.last_loaded_at > last_records.recorded_at, true) as is_later_load,
        coalesce(run.last_loaded_at > last_records.recorded_at, true)
        or new_loads.load_count > 0 as has_new_data
    from compared
    cross join run
    cross join new_loads
    cross join last_records
    left join published_weeks
        on compared.week_start = published_weeks.week_start
    left join published_kpis
        on
            compared.report = published_kpis.report
            and compared.kpi = published_kpis.kpi
),

-- A figure that comes or goes with the value 0 says the same as before: nothing happened. So does a
-- measure of 0 that was gone; the null of a ratio may be that of one without denominator. Without
-- new data nothing is restated; what a changed list moves is recorded with the next data.
added as (
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        is_restatement,
        value,
        cast(version_number + 1 as integer) as version_number,
        -- New rows that say of themselves that they are old are recorded after all others.
        case
            when is_restatement and not is_later_load
                then {{ dbt.dateadd('second', 1, 'last_recorded_at') }}
            else last_loaded_at
        end as recorded_at
    from judged
    where
        not is_restatement
        or (
            has_new_data
            and is_in_both
            and value is distinct from published_value
            and not (is_measure and value = 0 and published_value is null)
        )
        or (has_new_data and not is_in_both and coalesce(value, published_value, 0) <> 0)
)

select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    version_number,
    is_restatement,
    recorded_at,
    value
from published
union all
select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    version_number,
    is_restatement,
    recorded_at,
    value
from added
