-- One row a product: the newest usable version delivered.
{% set columns = [
    'sku',
    'product_name',
    'brand',
    'department',
    'category',
    'subcategory',
    'bu_code',
    'normal_price',
    'is_active',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__products') }}
    where reject_reason is null
),

{{ newest_version('usable', ['sku'], ['_loaded_at'], columns) }}

select
    sku,
    product_name,
    brand,
    department,
    category,
    subcategory,
    bu_code,
    normal_price,
    is_active,
    _loaded_at
from newest_versions
