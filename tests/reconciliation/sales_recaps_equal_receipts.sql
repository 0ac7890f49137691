-- A month in which the daily recap or the product recap does not have the net sales of the
-- receipts, to the rupiah, or the daily recap not their number.

with receipts as (
    select
        {{ first_day_of_month('business_date') }} as month_start,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(case when counts_in_net_sales then sales else 0 end) as net_sales
    from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
    group by {{ first_day_of_month('business_date') }}
),

daily as (
    select
        {{ first_day_of_month('business_date') }} as month_start,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales
    from {{ ref('sales_recap_daily') }}
    group by {{ first_day_of_month('business_date') }}
),

products as (
    select
        month_start,
        sum(net_sales) as net_sales
    from {{ ref('sales_recap_products') }}
    group by month_start
)

select
    receipts.month_start,
    receipts.net_sales as receipts_net_sales,
    daily.net_sales as daily_net_sales,
    products.net_sales as products_net_sales
from receipts
left join daily
    on receipts.month_start = daily.month_start
left join products
    on receipts.month_start = products.month_start
where
    receipts.net_sales <> coalesce(daily.net_sales, 0)
    or receipts.net_sales <> coalesce(products.net_sales, 0)
    or receipts.transaction_count <> coalesce(daily.transaction_count, 0)
