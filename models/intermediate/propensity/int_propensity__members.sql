-- One row a snapshot and member who had bought by its cut-off date: what was known of the member on
-- that day.

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where is_transaction
),

snapshots as (
    select * from {{ ref('int_propensity__snapshots') }}
),

aged_receipts as (
    select
        snapshots.horizons_back,
        receipts.cust_id,
        receipts.business_date,
        {{ date_diff_days('receipts.business_date', 'snapshots.cut_off_date') }} as age_days
    from receipts
    inner join snapshots
        on {{ few_rows_condition('receipts.business_date <= snapshots.cut_off_date') }}
),

members as (
    select
        horizons_back,
        cust_id,
        count(case when age_days < 30 then 1 end) as receipt_count_30d,
        count(case when age_days < 90 then 1 end) as receipt_count_90d,
        count(case when age_days < 365 then 1 end) as receipt_count_365d,
        count(*) as receipt_count,
        min(business_date) as first_receipt_date,
        min(age_days) as days_since_last,
        max(age_days) as days_since_first
    from aged_receipts
    group by horizons_back, cust_id
),

-- Whoever was a buyer at an earlier cut-off is one now: a member has one number in all snapshots.
numbered as (
    select
        cust_id,
        row_number() over (order by {{ text_order('cust_id') }}) - 1 as member_number
    from members
    where horizons_back = 0
)

select
    members.horizons_back,
    members.cust_id,
    cast(numbered.member_number as integer) as member_number,
    members.receipt_count_30d,
    members.receipt_count_90d,
    members.receipt_count_365d,
    members.receipt_count,
    members.first_receipt_date,
    cast(members.days_since_last as integer) as days_since_last,
    cast(members.days_since_first as integer) as days_since_first
from members
inner join numbered
    on members.cust_id = numbered.cust_id
