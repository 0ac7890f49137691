-- One row a snapshot: the day whose knowledge it holds, and the last day of what it is to foresee.

with run as (
    select * from {{ ref('int_run__as_of') }}
),

steps (horizons_back) as (
    values (0), (1), (2)
),

cut_offs as (
    select
        steps.horizons_back,
        {{ date_add_days(
            'run.as_of_date',
            '-' ~ var('propensity_horizon_days') ~ ' * steps.horizons_back'
        ) }} as cut_off_date
    from steps
    cross join run
)

select
    horizons_back,
    cut_off_date,
    {{ date_add_days('cut_off_date', var('propensity_horizon_days')) }} as label_ends_on
from cut_offs
