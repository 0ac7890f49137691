-- Asked by PENDOPO: who bought at Alam Sutera (P301) or Prambanan (P305) in the last year, offline,
-- and is it their preferred store?

with site_history as (
    select * from {{ ref('segment_site_history') }}
    where
        site_code in ('P301', 'P305')
        and offline_transaction_count_l1y > 0
),

members as (
    select * from {{ ref('member_profile') }}
)

select
    site_history.site_code,
    site_history.cust_id,
    members.tier_code,
    members.activation_status,
    site_history.offline_transaction_count_l1y,
    site_history.offline_net_sales_l1y,
    site_history.last_transaction_date,
    site_history.is_preferred_site
from site_history
inner join members
    on site_history.cust_id = members.cust_id
order by
    site_history.site_code asc,
    site_history.offline_net_sales_l1y desc,
    site_history.cust_id asc
