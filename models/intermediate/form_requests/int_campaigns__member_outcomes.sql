-- One row a campaign of the list and member in its target or holdout: what the member bought in
-- scope, in the promo and the control period; 0 for who bought nothing.

with groups as (
    select * from {{ ref('int_campaigns__groups') }}
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

receipts as (
    select * from {{ ref('int_campaigns__receipts') }}
    where period is not null and cust_id is not null
),

bought as (
    select
        campaign_code,
        cust_id,
        sum(case when period = 'promo' and is_transaction then 1 else 0 end)
            as promo_transaction_count,
        sum(case when period = 'control' and is_transaction then 1 else 0 end)
            as control_transaction_count,
        sum(case when period = 'promo' then net_sales else 0 end) as promo_net_sales,
        sum(case when period = 'control' then net_sales else 0 end) as control_net_sales
    from receipts
    group by campaign_code, cust_id
)

select
    groups.campaign_code,
    groups.cust_id,
    groups.member_group,
    cast(coalesce(bought.promo_transaction_count, 0) as bigint) as promo_transaction_count,
    cast(coalesce(bought.control_transaction_count, 0) as bigint) as control_transaction_count,
    cast(coalesce(bought.promo_net_sales, 0) as numeric(18, 2)) as promo_net_sales,
    cast(coalesce(bought.control_net_sales, 0) as numeric(18, 2)) as control_net_sales
from groups
inner join definitions
    on groups.campaign_code = definitions.campaign_code
left join bought
    on
        groups.campaign_code = bought.campaign_code
        and groups.cust_id = bought.cust_id
