-- One row a snapshot, category and member of it who had bought the category by the cut-off date, or
-- did in the days after it that the snapshot is to foresee.

with category_receipts as (
    select * from {{ ref('int_segments__category_receipts') }}
    where is_transaction
),

snapshots as (
    select * from {{ ref('int_propensity__snapshots') }}
),

members as (
    select * from {{ ref('int_propensity__members') }}
    where horizons_back = 0
),

categories as (
    select * from {{ ref('int_propensity__category_numbers') }}
),

numbered_receipts as (
    select
        members.member_number,
        members.first_receipt_date,
        categories.category_number,
        category_receipts.business_date
    from category_receipts
    inner join members
        on category_receipts.cust_id = members.cust_id
    inner join categories
        on category_receipts.category = categories.category
),

aged_receipts as (
    select
        snapshots.horizons_back,
        numbered_receipts.category_number,
        numbered_receipts.member_number,
        {{ date_diff_days('numbered_receipts.business_date', 'snapshots.cut_off_date') }}
            as age_days
    from numbered_receipts
    inner join snapshots
        on {{ few_rows_condition(
            'numbered_receipts.business_date <= snapshots.label_ends_on'
            ~ ' and numbered_receipts.first_receipt_date <= snapshots.cut_off_date'
        ) }}
)

select
    horizons_back,
    category_number,
    member_number,
    count(case when age_days between 0 and 29 then 1 end) as receipt_count_30d,
    count(case when age_days between 0 and 89 then 1 end) as receipt_count_90d,
    count(case when age_days between 0 and 364 then 1 end) as receipt_count_365d,
    count(case when age_days >= 0 then 1 end) as receipt_count,
    min(case when age_days >= 0 then age_days end) as days_since_last,
    case when horizons_back > 0 then min(age_days) < 0 end as is_buyer
from aged_receipts
group by horizons_back, category_number, member_number
-- The Python models read one category after the other: it lies in one place, not in all.
order by category_number, horizons_back
