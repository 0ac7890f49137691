-- One row a store with completed receipts since Cohesive: the first and the last day of them.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
)

select
    site_code,
    min(business_date) as first_trading_day,
    max(business_date) as last_trading_day
from receipts
where site_code <> 'UNKNOWN'
group by site_code
