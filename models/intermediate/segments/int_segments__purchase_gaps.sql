-- One row a member with purchases: first and last purchase day, how many, the median gap in days
-- between one and the next, and whether the member came back lately after a long gap.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where
        is_transaction
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

purchase_days as (
    select
        cust_id,
        business_date
    from receipts
    group by cust_id, business_date
),

gaps as (
    select
        cust_id,
        business_date,
        {{ date_diff_days(
            'lag(business_date) over (partition by cust_id order by business_date)',
            'business_date'
        ) }} as gap_days
    from purchase_days
),

-- Half of a whole number is exact in a double; without a gap the median is null.
summaries as (
    select
        gaps.cust_id,
        min(gaps.business_date) as first_purchase_date,
        max(gaps.business_date) as last_purchase_date,
        count(*) as purchase_day_count,
        percentile_cont(0.5) within group (order by cast(gaps.gap_days as double precision))
            as median_gap_days,
        max(case
            when
                gaps.gap_days >= {{ var('lifecycle_reactivation_gap_days') }}
                and {{ date_diff_days('gaps.business_date', 'run.as_of_date') }}
                <= {{ var('lifecycle_new_days') }}
                then 1
            else 0
        end) = 1 as is_back_lately
    from gaps
    cross join run
    group by gaps.cust_id
)

select
    cust_id,
    first_purchase_date,
    last_purchase_date,
    is_back_lately,
    cast(purchase_day_count as bigint) as purchase_day_count,
    cast(median_gap_days as numeric(9, 1)) as median_gap_days
from summaries
