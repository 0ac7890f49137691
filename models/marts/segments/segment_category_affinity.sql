-- One row a member and category that the member bought within L1Y: how much more often than members
-- do, shrunk towards 1 for members with few receipts. Receipts are not additive over categories.

with category_receipts as (
    select * from {{ ref('int_segments__category_receipts') }}
    where is_l1y
),

members as (
    select * from {{ ref('int_segments__member_purchases') }}
    where transaction_count_l1y > 0
),

member_categories as (
    select
        cust_id,
        category,
        sum(case when is_transaction then 1 else 0 end) as receipt_count,
        sum(net_sales) as net_sales
    from category_receipts
    group by cust_id, category
),

category_totals as (
    select
        category,
        sum(receipt_count) as category_receipt_count
    from member_categories
    group by category
),

programme_total as (
    select sum(transaction_count_l1y) as all_receipt_count from members
)

select
    member_categories.cust_id,
    member_categories.category,
    cast(member_categories.receipt_count as bigint) as receipt_count,
    members.transaction_count_l1y as member_receipt_count,
    cast(member_categories.net_sales as numeric(18, 2)) as net_sales,
    {{ affinity_index(
        'member_categories.receipt_count',
        'members.transaction_count_l1y',
        'category_totals.category_receipt_count',
        'programme_total.all_receipt_count'
    ) }} as affinity_index
from member_categories
inner join members
    on member_categories.cust_id = members.cust_id
inner join category_totals
    on member_categories.category = category_totals.category
cross join programme_total
where member_categories.receipt_count > 0
