-- One row a request and tier that has a floor of koin. A single number is the floor of every tier,
-- also of members whose tier is UNKNOWN.

with cells as (
    select * from {{ ref('int_requests__cells') }}
    where column_name = 'min_koin'
),

tiers as (
    select * from {{ ref('dim_tiers') }}
),

items as (
    select
        cells.request_id,
        case when items.item like '%:%' then {{ dbt.split_part('items.item', "':'", 1) }} end
            as tier_code,
        case
            when items.item like '%:%' then {{ dbt.split_part('items.item', "':'", 2) }}
            else items.item
        end as koin_text
    from cells
    {{ split_to_rows('cells.cell', '|', 'items', 'item') }}
),

floors as (
    select
        request_id,
        tier_code,
        {{ request_value('koin_text', 'amount') }} as min_koin
    from items
)

select
    floors.request_id,
    tiers.tier_code,
    floors.min_koin
from floors
inner join tiers
    on coalesce(floors.tier_code, tiers.tier_code) = tiers.tier_code
where floors.min_koin is not null
