-- One row a SKU, and one for every SKU that only receipt lines know (UNKNOWN attributes). A brand
-- or category that is typed in several cases has one spelling; a product `UNKNOWN` is none.
{% set names = ['brand', 'department', 'category', 'subcategory'] %}

with products as (
    select * from {{ ref('stg_cohesive__products') }}
    where sku <> 'UNKNOWN'
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
),

{% for name in names -%}
    {{ one_spelling('products', name) }}{{ ',' if not loop.last }}

{% endfor -%}

select
    products.sku,
    coalesce(products.product_name, 'UNKNOWN') as product_name,
    {% for name in names -%}
        coalesce({{ name }}_spellings.spelling, 'UNKNOWN') as {{ name }},
    {% endfor -%}
    coalesce(business_units.bu_code, 'UNKNOWN') as bu_code,
    products.normal_price,
    products.is_active,
    true as is_known
from products
left join business_units
    on products.bu_code = business_units.bu_code
{%- for name in names %}
    left join {{ name }}_spellings
        on {{ spelling_key('products.' ~ name) }} = {{ name }}_spellings.spelling_key
{%- endfor %}
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
