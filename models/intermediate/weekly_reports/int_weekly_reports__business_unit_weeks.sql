-- One row a week and business unit: the spine of the weekly reports. UNKNOWN has its rows when a
-- receipt or koin movement refers to no known business unit.

with weeks as (
    select * from {{ ref('dim_weeks') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
),

used_business_units as (
    select bu_code from receipts
    where not is_pre_cohesive
    union
    select issue_bu_code as bu_code from koin_entries
    where not is_pre_cohesive
    union
    select redeem_bu_code as bu_code from koin_entries
    where not is_pre_cohesive
),

reported_business_units as (
    select business_units.bu_code
    from business_units
    left join used_business_units
        on business_units.bu_code = used_business_units.bu_code
    where
        business_units.is_known
        or used_business_units.bu_code is not null
)

select
    weeks.week_start,
    weeks.is_complete_week,
    reported_business_units.bu_code
from weeks
cross join reported_business_units
