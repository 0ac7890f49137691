-- One row a member: the stage of the member's life as a customer.

with members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

purchases as (
    select * from {{ ref('int_segments__purchase_gaps') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

measured as (
    select
        members.cust_id,
        members.activation_status,
        purchases.first_purchase_date,
        purchases.last_purchase_date,
        purchases.median_gap_days,
        run.as_of_date,
        coalesce(purchases.is_back_lately, false) as is_back_lately,
        coalesce(purchases.purchase_day_count, 0) as purchase_day_count,
        {{ date_diff_days('purchases.first_purchase_date', 'run.as_of_date') }}
            as days_since_first_purchase,
        {{ date_diff_days('purchases.last_purchase_date', 'run.as_of_date') }}
            as days_since_last_purchase
    from members
    cross join run
    left join purchases
        on members.cust_id = purchases.cust_id
)

select
    cust_id,
    case
        when last_purchase_date is null then 'never_bought'
        when days_since_first_purchase <= {{ var('lifecycle_new_days') }} then 'new'
        when is_back_lately then 'reactivated'
        when days_since_last_purchase <= {{ var('lifecycle_active_days') }} then 'active'
        when days_since_last_purchase <= {{ var('lifecycle_at_risk_days') }} then 'at_risk'
        else 'lapsed'
    end as lifecycle,
    first_purchase_date,
    last_purchase_date,
    purchase_day_count,
    days_since_last_purchase,
    median_gap_days,
    coalesce(
        purchase_day_count >= 2
        and days_since_last_purchase > {{ var('winback_days') }}
        and days_since_last_purchase > {{ var('winback_median_gaps') }} * median_gap_days,
        false
    ) as is_winback,
    coalesce(
        activation_status = 'activated'
        and last_purchase_date >= {{ l1y_starts_on('as_of_date') }},
        false
    ) as is_active_member
from measured
