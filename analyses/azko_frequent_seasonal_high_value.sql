-- Asked by AZKO's campaign team: how many members who bought at AZKO in the last year are frequent
-- buyers, seasonal shoppers or high-value customers, and what are they worth to AZKO? A member can
-- have several labels.

with azko_buyers as (
    select * from {{ ref('segment_brand_history') }}
    where
        bu_code = 'AZKO'
        and transaction_count_l1y > 0
),

member_values as (
    select * from {{ ref('segment_value') }}
),

labels as (
    select
        cust_id,
        'FREQUENT' as member_label
    from member_values
    where is_frequent_buyer
    union all
    select
        cust_id,
        'HIGH_VALUE' as member_label
    from member_values
    where value_segment = 'HEAVY'
    union all
    select
        cust_id,
        'SEASONAL ' || season as member_label
    from {{ ref('segment_seasonal') }}
    where is_seasonal_shopper
    union all
    select
        cust_id,
        'ALL BUYERS' as member_label
    from azko_buyers
)

select
    labels.member_label,
    count(*) as member_count,
    sum(azko_buyers.transaction_count_l1y) as transaction_count_l1y,
    sum(azko_buyers.net_sales_l1y) as net_sales_l1y,
    {{ safe_divide('sum(azko_buyers.net_sales_l1y)', 'count(*)') }} as net_sales_per_member
from labels
inner join azko_buyers
    on labels.cust_id = azko_buyers.cust_id
group by labels.member_label
order by labels.member_label
