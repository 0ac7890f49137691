-- Asked by PENDOPO's category team after a product campaign: which products of the Hari Batik list
-- did those buy whom the messages reached, and how much of all their sales is that?

with products as (
    select * from {{ ref('wsme_product_performance') }}
)

select
    sales_rank,
    sku,
    product_name,
    buyer_count,
    conversion_rate,
    transaction_count,
    qty,
    net_sales,
    basket_size,
    all_net_sales,
    share_of_sku_sales,
    recipients_share_of_campaign_transactions
from products
where campaign_code = 'PD-BATIK25' and all_transaction_count > 0
order by sales_rank
