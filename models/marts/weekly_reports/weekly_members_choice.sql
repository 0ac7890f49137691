-- One row a week, business unit, Member's Choice period and SKU on its list, also where it did not
-- sell. Member and transaction counts are not additive.
{% set measures = ['net_sales', 'transaction_count', 'qty', 'member_count'] %}
{% set grain = ['bu_code', 'period_code', 'sku'] %}

with sku_weeks as (
    select * from {{ ref('int_promotions__sku_weeks') }}
    where promotion = 'members_choice'
),

ranked as (
    select
        week_start,
        bu_code,
        period_code,
        sku,
        is_complete_week,
        product_name,
        category,
        brand,
        special_price,
        net_sales,
        transaction_count,
        qty,
        member_count,
        sum(net_sales) over (partition by week_start, bu_code, period_code) as period_net_sales,
        row_number() over (
            partition by week_start, bu_code, period_code
            order by net_sales desc nulls last, {{ text_order('sku') }}
        ) as sales_rank
    from sku_weeks
),

with_previous as (
    select
        *,
        {{ week_over_week_previous('sales_rank', grain) }} as sales_rank_previous,
        {{ previous_week_columns(measures, grain) }}
    from ranked
)

select
    week_start,
    bu_code,
    period_code,
    sku,
    is_complete_week,
    product_name,
    category,
    brand,
    special_price,
    net_sales,
    {{ week_over_week_columns('net_sales') }},
    transaction_count,
    {{ week_over_week_columns('transaction_count') }},
    qty,
    {{ week_over_week_columns('qty') }},
    member_count,
    {{ week_over_week_columns('member_count') }},
    {{ safe_divide('net_sales', 'period_net_sales') }} as share_of_period_sales,
    cast(sales_rank as bigint) as sales_rank,
    cast(sales_rank_previous as bigint) as sales_rank_previous,
    cast(sales_rank_previous - sales_rank as bigint) as rank_change
from with_previous
