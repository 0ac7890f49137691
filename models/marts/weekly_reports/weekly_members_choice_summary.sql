-- One row a week, business unit and Member's Choice period. Member and transaction counts are not
-- additive.
{% set measures = ['net_sales', 'transaction_count', 'qty', 'member_count'] %}

with period_totals as (
    select * from {{ ref('int_promotions__period_totals') }}
    where promotion = 'members_choice'
),

skus as (
    select * from {{ ref('weekly_members_choice') }}
),

best_ranks as (
    select
        week_start,
        bu_code,
        period_code,
        min(sales_rank) as sales_rank
    from skus
    where transaction_count > 0
    group by week_start, bu_code, period_code
),

with_previous as (
    select
        *,
        {{ previous_week_columns(measures, ['bu_code', 'period_code']) }}
    from period_totals
)

select
    with_previous.week_start,
    with_previous.bu_code,
    with_previous.period_code,
    with_previous.is_complete_week,
    with_previous.sku_offered,
    with_previous.sku_sold,
    with_previous.net_sales,
    {{ week_over_week_columns('net_sales', 'with_previous') }},
    with_previous.transaction_count,
    {{ week_over_week_columns('transaction_count', 'with_previous') }},
    with_previous.qty,
    {{ week_over_week_columns('qty', 'with_previous') }},
    with_previous.member_count,
    {{ week_over_week_columns('member_count', 'with_previous') }},
    best_skus.sku as best_sku,
    best_skus.product_name as best_sku_name,
    best_skus.net_sales as best_sku_net_sales
from with_previous
left join best_ranks
    on
        with_previous.week_start = best_ranks.week_start
        and with_previous.bu_code = best_ranks.bu_code
        and with_previous.period_code = best_ranks.period_code
left join skus as best_skus
    on
        best_ranks.week_start = best_skus.week_start
        and best_ranks.bu_code = best_skus.bu_code
        and best_ranks.period_code = best_skus.period_code
        and best_ranks.sales_rank = best_skus.sales_rank
