-- One row a promotion, period, business unit and week: the totals over its SKUs, members and
-- transactions counted from the lines and never summed from the SKUs.

with period_weeks as (
    select * from {{ ref('int_promotions__period_weeks') }}
),

sku_weeks as (
    select * from {{ ref('int_promotions__sku_weeks') }}
),

lines as (
    select * from {{ ref('int_promotions__lines') }}
),

counted as (
    select
        promotion,
        period_code,
        bu_code,
        week_start,
        sum(net_sales) as net_sales,
        sum(qty) as qty,
        sum(koin_used) as koin_used,
        sum(value_given_away) as value_given_away,
        count(distinct case when not is_return then receive_main_id end) as transaction_count,
        count(distinct case when not is_return then cust_id end) as member_count
    from lines
    group by promotion, period_code, bu_code, week_start
),

skus as (
    select
        promotion,
        period_code,
        bu_code,
        week_start,
        sum(case when is_offered then 1 else 0 end) as sku_offered,
        sum(case when transaction_count > 0 then 1 else 0 end) as sku_sold
    from sku_weeks
    group by promotion, period_code, bu_code, week_start
)

select
    period_weeks.promotion,
    period_weeks.period_code,
    period_weeks.bu_code,
    period_weeks.week_start,
    period_weeks.is_complete_week,
    cast(skus.sku_offered as bigint) as sku_offered,
    cast(skus.sku_sold as bigint) as sku_sold,
    cast(coalesce(counted.net_sales, 0) as numeric(18, 2)) as net_sales,
    cast(coalesce(counted.qty, 0) as numeric(18, 3)) as qty,
    cast(coalesce(counted.koin_used, 0) as bigint) as koin_used,
    cast(coalesce(counted.value_given_away, 0) as numeric(18, 2)) as value_given_away,
    cast(coalesce(counted.transaction_count, 0) as bigint) as transaction_count,
    cast(coalesce(counted.member_count, 0) as bigint) as member_count
from period_weeks
inner join skus
    on
        period_weeks.promotion = skus.promotion
        and period_weeks.period_code = skus.period_code
        and period_weeks.bu_code = skus.bu_code
        and period_weeks.week_start = skus.week_start
left join counted
    on
        period_weeks.promotion = counted.promotion
        and period_weeks.period_code = counted.period_code
        and period_weeks.bu_code = counted.bu_code
        and period_weeks.week_start = counted.week_start
