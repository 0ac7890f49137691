-- One row a week, business unit, report, dimension, dimension value and KPI: the figures of the
-- weekly reports in one long table. Values are of different units and never added up.
{% set grain = ['bu_code', 'report', 'dimension', 'dimension_value', 'kpi'] %}

with figures as (
    select * from {{ ref('int_weekly_kpis__figures') }}
),

kpi_values as (
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        is_complete_week,
        numerator,
        denominator,
        case
            when is_ratio then {{ safe_divide('numerator', 'denominator') }}
            else cast(numerator as numeric(28, 6))
        end as value -- noqa: RF04
    from figures
),

with_previous as (
    select
        *,
        {{ previous_week_columns(['value'], grain) }}
    from kpi_values
),

with_change as (
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        is_complete_week,
        numerator,
        denominator,
        value,
        {{ week_over_week_columns('value') }}
    from with_previous
)

select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    is_complete_week,
    numerator,
    denominator,
    value,
    value_previous,
    value_wow as wow,
    value_wow_status as wow_status
from with_change
