-- One row a closed store and member who was of it: bought there in the twelve months to its last
-- trading day, or preferred it.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

preferences as (
    select * from {{ ref('int_site_closures__preferences') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
)

select
    closures.closed_site_code,
    receipts.cust_id
from receipts
inner join closures
    on
        receipts.site_code = closures.closed_site_code
        and receipts.business_date between closures.buyers_since and closures.last_trading_day
union
select
    closed_site_code,
    cust_id
from preferences
