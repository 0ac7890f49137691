-- A month that is over in which the cohorts' active members or transactions are not those of the
-- receipts, or members whom no cohort has.

with receipts as (
    select
        {{ first_day_of_month('business_date') }} as activity_month,
        count(distinct cust_id) as active_member_count,
        count(*) as transaction_count
    from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
    group by {{ first_day_of_month('business_date') }}
),

cohorts as (
    select
        activity_month,
        sum(active_member_count) as active_member_count,
        sum(transaction_count) as transaction_count
    from {{ ref('member_cohorts') }}
    where is_mature
    group by activity_month
)

select cohorts.activity_month
from cohorts
left join receipts
    on cohorts.activity_month = receipts.activity_month
where
    cohorts.active_member_count <> coalesce(receipts.active_member_count, 0)
    or cohorts.transaction_count <> coalesce(receipts.transaction_count, 0)
