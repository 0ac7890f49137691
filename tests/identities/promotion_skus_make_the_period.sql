-- What is additive over the SKUs of a period adds up to the period; distinct members and
-- transactions lie between those of the greatest SKU and the sum; ranks run from 1 without a gap.

with members_choice_skus as (
    select * from {{ ref('weekly_members_choice') }}
),

members_choice as (
    select * from {{ ref('weekly_members_choice_summary') }}
),

harga_spesial_koin_skus as (
    select * from {{ ref('weekly_harga_spesial_koin_skus') }}
),

harga_spesial_koin as (
    select * from {{ ref('weekly_harga_spesial_koin') }}
),

skus as (
    select
        'members_choice' as promotion,
        week_start,
        bu_code,
        period_code,
        sum(net_sales) as amount,
        sum(qty) as qty,
        max(member_count) as greatest_member_count,
        sum(member_count) as member_count,
        max(transaction_count) as greatest_transaction_count,
        sum(transaction_count) as transaction_count,
        max(sales_rank) as last_rank,
        count(*) as sku_count
    from members_choice_skus
    group by week_start, bu_code, period_code
    union all
    select
        'harga_spesial_koin' as promotion,
        week_start,
        bu_code,
        period_code,
        sum(koin_used) as amount,
        sum(qty) as qty,
        max(member_count) as greatest_member_count,
        sum(member_count) as member_count,
        max(transaction_count) as greatest_transaction_count,
        sum(transaction_count) as transaction_count,
        max(qty_rank) as last_rank,
        count(*) as sku_count
    from harga_spesial_koin_skus
    group by week_start, bu_code, period_code
),

periods as (
    select
        'members_choice' as promotion,
        week_start,
        bu_code,
        period_code,
        net_sales as amount,
        qty,
        member_count,
        transaction_count
    from members_choice
    union all
    select
        'harga_spesial_koin' as promotion,
        week_start,
        bu_code,
        period_code,
        koin_used as amount,
        qty,
        member_count,
        transaction_count
    from harga_spesial_koin
)

select
    periods.promotion,
    periods.week_start,
    periods.bu_code,
    periods.period_code
from periods
left join skus
    on
        periods.promotion = skus.promotion
        and periods.week_start = skus.week_start
        and periods.bu_code = skus.bu_code
        and periods.period_code = skus.period_code
where
    skus.period_code is null
    or periods.amount <> skus.amount
    or periods.qty <> skus.qty
    or periods.member_count not between skus.greatest_member_count and skus.member_count
    or periods.transaction_count
    not between skus.greatest_transaction_count and skus.transaction_count
    or skus.last_rank <> skus.sku_count
