-- One row a snapshot, category and member of it who had bought the category by the cut-off date, or
-- did in the days after it that the snapshot is to foresee.

with category_receipts as (
    select * from {{ ref('int_segments__category_receipts') }}
    where
        is_transaction
        and category <> 'UNKNOWN'
),

snapshots as (
    select * from {{ ref('int_propensity__snapshots') }}
),

members as (
    select * from {{ ref('int_propensity__members') }}
),

aged_receipts as (
    select
        snapshots.horizons_back,
        category_receipts.category,
        category_receipts.cust_id,
        {{ date_diff_days('category_receipts.business_date', 'snapshots.cut_off_date') }}
            as age_days
    from category_receipts
    inner join snapshots
        on {{ few_rows_condition('category_receipts.business_date <= snapshots.label_ends_on') }}
),

member_categories as (
    select
        horizons_back,
        category,
        cust_id,
        sum(case when age_days between 0 and 29 then 1 else 0 end) as receipt_count_30d,
        sum(case when age_days between 0 and 89 then 1 else 0 end) as receipt_count_90d,
        sum(case when age_days between 0 and 364 then 1 else 0 end) as receipt_count_365d,
        sum(case when age_days >= 0 then 1 else 0 end) as receipt_count,
        min(case when age_days >= 0 then age_days end) as days_since_last,
        max(case when age_days < 0 then 1 else 0 end) as buys_later
    from aged_receipts
    group by horizons_back, category, cust_id
)

select
    member_categories.horizons_back,
    member_categories.category,
    members.member_number,
    cast(member_categories.receipt_count_30d as bigint) as receipt_count_30d,
    cast(member_categories.receipt_count_90d as bigint) as receipt_count_90d,
    cast(member_categories.receipt_count_365d as bigint) as receipt_count_365d,
    cast(member_categories.receipt_count as bigint) as receipt_count,
    cast(member_categories.days_since_last as integer) as days_since_last,
    case
        when member_categories.horizons_back > 0 then member_categories.buys_later = 1
    end as is_buyer
from member_categories
inner join members
    on
        member_categories.horizons_back = members.horizons_back
        and member_categories.cust_id = members.cust_id
