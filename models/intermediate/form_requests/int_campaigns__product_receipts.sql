-- One row a campaign with a scope of products, receipt of its business unit and SKU in scope.

with lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where {{ counts_in_net_sales('receipt_status') }} and not is_pre_cohesive
),

products as (
    select * from {{ ref('int_campaigns__products') }}
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
)

select
    products.campaign_code,
    lines.receive_main_id,
    lines.sku,
    cast(sum(lines.qty) as numeric(18, 3)) as qty,
    cast(sum(lines.net_sales) as numeric(18, 2)) as net_sales
from lines
inner join products
    on lines.sku = products.sku
inner join definitions
    on
        products.campaign_code = definitions.campaign_code
        and lines.bu_code = definitions.bu_code
        and lines.business_date between definitions.receipts_start_on
        and definitions.receipts_end_on
group by products.campaign_code, lines.receive_main_id, lines.sku
