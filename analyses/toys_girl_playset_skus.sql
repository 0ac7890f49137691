-- Asked by Toys Kingdom's merchandisers before a campaign: which SKUs are Girl Playsets, are they
-- active, and when did they last sell?

with products as (
    select * from {{ ref('product_list') }}
)

select
    sku,
    product_name,
    brand,
    subcategory,
    normal_price,
    is_active,
    last_sale_date,
    qty_l1y,
    net_sales_l1y
from products
where
    bu_code = 'TOYS'
    and {{ spelling_key('category') }} = 'girl playset'
order by net_sales_l1y desc, sku asc
