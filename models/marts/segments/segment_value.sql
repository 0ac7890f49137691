-- One row a member: place among the buyers of L1Y by net spend, ties at a boundary go up.

with members as (
    select * from {{ ref('int_segments__member_purchases') }}
),

ranked_buyers as (
    select
        cust_id,
        rank() over (order by net_sales_l1y desc nulls last) - 1 as buyers_above,
        count(*) over () as buyer_count
    from members
    where transaction_count_l1y > 0
)

select
    members.cust_id,
    members.net_sales_l1y,
    members.purchase_days_l1y,
    case
        when ranked_buyers.cust_id is null then 'NONE'
        when
            ranked_buyers.buyers_above * 100
            < ranked_buyers.buyer_count * {{ var('value_heavy_percent') }}
            then 'HEAVY'
        when
            ranked_buyers.buyers_above * 100
            < ranked_buyers.buyer_count
            * {{ var('value_heavy_percent') + var('value_medium_percent') }}
            then 'MEDIUM'
        else 'LIGHT'
    end as value_segment,
    members.purchase_days_l1y >= {{ var('frequent_buyer_days') }} as is_frequent_buyer
from members
left join ranked_buyers
    on members.cust_id = ranked_buyers.cust_id
