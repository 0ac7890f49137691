-- One row a SKU, and one for every SKU that only receipt lines know (UNKNOWN attributes).

with products as (
    select * from {{ ref('stg_cohesive__products') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
),

referenced_skus as (
    select sku from receipt_lines
    union
    select 'UNKNOWN' as sku
)

select
    products.sku,
    coalesce(products.product_name, 'UNKNOWN') as product_name,
    coalesce(products.brand, 'UNKNOWN') as brand,
    coalesce(products.department, 'UNKNOWN') as department,
    coalesce(products.category, 'UNKNOWN') as category,
    coalesce(products.subcategory, 'UNKNOWN') as subcategory,
    coalesce(business_units.bu_code, 'UNKNOWN') as bu_code,
    products.normal_price,
    products.is_active,
    true as is_known
from products
left join business_units
    on products.bu_code = business_units.bu_code
union all
select
    referenced_skus.sku,
    'UNKNOWN' as product_name,
    'UNKNOWN' as brand,
    'UNKNOWN' as department,
    'UNKNOWN' as category,
    'UNKNOWN' as subcategory,
    'UNKNOWN' as bu_code,
    cast(null as numeric(18, 2)) as normal_price,
    cast(null as boolean) as is_active,
    false as is_known
from referenced_skus
left join products
    on referenced_skus.sku = products.sku
where products.sku is null
