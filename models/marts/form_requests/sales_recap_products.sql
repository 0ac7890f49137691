-- One row a month, business unit, store, category and SKU sold or returned there since Cohesive.
-- The SKU LINE_DIFFERENCE carries what receipts say beyond their lines, so that net sales are those
-- of the receipts. Transactions and members of several rows are not additive.

with site_skus as (
    select * from {{ ref('int_sales_recaps__site_skus') }}
),

products as (
    select * from {{ ref('dim_products') }}
    where sku <> 'LINE_DIFFERENCE'
),

sites as (
    select * from {{ ref('dim_sites') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

with_totals as (
    select
        month_start,
        bu_code,
        site_code,
        sku,
        transaction_count,
        member_count,
        qty,
        gross_sales,
        discount,
        net_sales,
        sum(net_sales) over (partition by month_start, bu_code, site_code) as site_net_sales,
        sum(net_sales) over (partition by month_start, bu_code) as bu_net_sales
    from site_skus
)

select
    with_totals.month_start,
    with_totals.bu_code,
    with_totals.site_code,
    coalesce(products.category, 'LINE_DIFFERENCE') as category,
    with_totals.sku,
    sites.site_name,
    coalesce(products.product_name, 'LINE_DIFFERENCE') as product_name,
    coalesce(products.brand, 'LINE_DIFFERENCE') as brand,
    coalesce(products.department, 'LINE_DIFFERENCE') as department,
    months.is_complete_month,
    with_totals.transaction_count,
    with_totals.member_count,
    with_totals.qty,
    with_totals.gross_sales,
    with_totals.discount,
    with_totals.net_sales,
    {{ safe_divide('with_totals.net_sales', 'with_totals.site_net_sales') }}
        as share_of_site_sales,
    {{ safe_divide('with_totals.net_sales', 'with_totals.bu_net_sales') }} as share_of_bu_sales
from with_totals
inner join months
    on with_totals.month_start = months.month_start
inner join sites
    on with_totals.site_code = sites.site_code
left join products
    on with_totals.sku = products.sku
