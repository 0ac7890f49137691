-- Asked by Toys Kingdom to validate the books of a month by product: quantity and net sales of each
-- SKU over all stores in the last complete month. Members and transactions are told by store, see
-- sales_recap_products: they do not add up.

with recap as (
    select * from {{ ref('sales_recap_products') }}
    where
        bu_code = 'TOYS'
        and is_complete_month
),

last_month as (
    select max(month_start) as month_start from recap
)

select
    recap.month_start,
    recap.category,
    recap.sku,
    recap.product_name,
    count(*) as site_count,
    sum(recap.qty) as qty,
    sum(recap.gross_sales) as gross_sales,
    sum(recap.discount) as discount,
    sum(recap.net_sales) as net_sales
from recap
inner join last_month
    on recap.month_start = last_month.month_start
group by recap.month_start, recap.category, recap.sku, recap.product_name
order by net_sales desc, recap.sku asc
