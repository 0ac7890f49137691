-- One row a raw row of cohesive.tbl_product, cleaned and typed, with the reason why it cannot be
-- used.
-- A load that comes meanwhile is of the next build.
{% do comes_after('stg_loads__days') -%}

with delivered as (
    select * from {{ source('cohesive', 'tbl_product') }}
),

cleaned as (
    select
        {{ clean_text('sku') }} as sku,
        {{ clean_name('product_name') }} as product_name,
        {{ clean_name('brand') }} as brand,
        {{ clean_name('department') }} as department,
        {{ clean_name('category') }} as category,
        {{ clean_name('subcategory') }} as subcategory,
        {{ clean_code('bu_code') }} as bu_code,
        cast(normal_price as numeric(18, 2)) as normal_price,
        cast(is_active as boolean) as is_active,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
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
        _loaded_at,
        case
            when sku is null then 'missing_key'
            when _loaded_at is null then 'missing_value'
            when {{ is_impossible_amount('normal_price') }} then 'impossible_amount'
            when normal_price < 0 then 'negative_price'
        end as reject_reason
    from cleaned
)

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
    _loaded_at,
    reject_reason
from judged
