-- A promotion whose weekly reports do not add up to its lines: a sale or return outside the weeks
-- of the report would be lost.

with lines as (
    select
        promotion,
        sum(net_sales) as net_sales,
        sum(qty) as qty,
        sum(koin_used) as koin_used
    from {{ ref('int_promotions__lines') }}
    group by promotion
),

members_choice as (
    select
        'members_choice' as promotion,
        sum(net_sales) as net_sales,
        sum(qty) as qty
    from {{ ref('weekly_members_choice_summary') }}
),

harga_spesial_koin as (
    select
        'harga_spesial_koin' as promotion,
        sum(koin_used) as koin_used,
        sum(qty) as qty
    from {{ ref('weekly_harga_spesial_koin') }}
)

select lines.promotion
from lines
inner join members_choice
    on lines.promotion = members_choice.promotion
where
    lines.net_sales <> coalesce(members_choice.net_sales, 0)
    or lines.qty <> coalesce(members_choice.qty, 0)
union all
select lines.promotion
from lines
inner join harga_spesial_koin
    on lines.promotion = harga_spesial_koin.promotion
where
    lines.koin_used <> coalesce(harga_spesial_koin.koin_used, 0)
    or lines.qty <> coalesce(harga_spesial_koin.qty, 0)
