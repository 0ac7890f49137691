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
),

reasons as (
    select
        closures.closed_site_code,
        receipts.cust_id,
        1 as is_buyer,
        0 as is_preferred
    from receipts
    inner join closures
        on
            receipts.site_code = closures.closed_site_code
            and receipts.business_date between closures.buyers_since and closures.last_trading_day
    union all
    select
        closed_site_code,
        cust_id,
        0 as is_buyer,
        1 as is_preferred
    from preferences
)

select
    closed_site_code,
    cust_id,
    max(is_buyer) = 1 as is_buyer,
    max(is_preferred) = 1 as is_preferred_site
from reasons
group by closed_site_code, cust_id
