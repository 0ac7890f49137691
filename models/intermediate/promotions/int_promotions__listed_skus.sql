-- One row a promotion (members_choice, harga_spesial_koin), period and SKU on its list, with what
-- the product master says about the SKU.
-- Nothing is built on mistaken lists. depends_on: {{ ref('int_reference__violations') }}

with members_choice_skus as (
    select * from {{ ref('members_choice_skus') }}
),

harga_spesial_koin_skus as (
    select * from {{ ref('harga_spesial_koin_skus') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

listed_skus as (
    select
        'members_choice' as promotion,
        period_code,
        bu_code,
        sku,
        starts_on,
        ends_on,
        special_price,
        cast(null as numeric(18, 2)) as koin_price,
        cast(null as numeric(18, 2)) as normal_price
    from members_choice_skus
    union all
    select
        'harga_spesial_koin' as promotion,
        period_code,
        bu_code,
        sku,
        starts_on,
        ends_on,
        cast(null as numeric(18, 2)) as special_price,
        koin_price,
        normal_price
    from harga_spesial_koin_skus
)

select
    listed_skus.promotion,
    listed_skus.period_code,
    listed_skus.bu_code,
    listed_skus.sku,
    listed_skus.starts_on,
    listed_skus.ends_on,
    listed_skus.special_price,
    listed_skus.koin_price,
    listed_skus.normal_price,
    coalesce(products.product_name, 'UNKNOWN') as product_name,
    coalesce(products.category, 'UNKNOWN') as category,
    coalesce(products.brand, 'UNKNOWN') as brand,
    coalesce(products.is_known, false) as is_known_sku
from listed_skus
left join products
    on listed_skus.sku = products.sku
