-- One row a promotion, period, business unit, week and listed SKU, also where nothing was sold.
-- Member and transaction counts are not additive.

with period_weeks as (
    select * from {{ ref('int_promotions__period_weeks') }}
),

listed_skus as (
    select * from {{ ref('int_promotions__listed_skus') }}
),

lines as (
    select * from {{ ref('int_promotions__lines') }}
),

sold as (
    select
        promotion,
        period_code,
        bu_code,
        week_start,
        sku,
        sum(net_sales) as net_sales,
        sum(qty) as qty,
        sum(koin_used) as koin_used,
        sum(value_given_away) as value_given_away,
        count(distinct case when not is_return then receive_main_id end) as transaction_count,
        count(distinct case when not is_return then cust_id end) as member_count
    from lines
    group by promotion, period_code, bu_code, week_start, sku
)

select
    period_weeks.promotion,
    period_weeks.period_code,
    period_weeks.bu_code,
    period_weeks.week_start,
    period_weeks.is_complete_week,
    listed_skus.sku,
    listed_skus.product_name,
    listed_skus.category,
    listed_skus.brand,
    listed_skus.special_price,
    listed_skus.koin_price,
    listed_skus.normal_price,
    cast(coalesce(sold.net_sales, 0) as numeric(18, 2)) as net_sales,
    cast(coalesce(sold.qty, 0) as numeric(18, 3)) as qty,
    cast(coalesce(sold.koin_used, 0) as bigint) as koin_used,
    cast(coalesce(sold.value_given_away, 0) as numeric(18, 2)) as value_given_away,
    cast(coalesce(sold.transaction_count, 0) as bigint) as transaction_count,
    cast(coalesce(sold.member_count, 0) as bigint) as member_count,
    listed_skus.starts_on <= period_weeks.week_end
    and listed_skus.ends_on >= period_weeks.week_start as is_offered
from period_weeks
inner join listed_skus
    on
        period_weeks.promotion = listed_skus.promotion
        and period_weeks.period_code = listed_skus.period_code
        and period_weeks.bu_code = listed_skus.bu_code
left join sold
    on
        period_weeks.promotion = sold.promotion
        and period_weeks.period_code = sold.period_code
        and period_weeks.bu_code = sold.bu_code
        and period_weeks.week_start = sold.week_start
        and listed_skus.sku = sold.sku
