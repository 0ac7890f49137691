-- One row a week, business unit, Harga Spesial Koin period and SKU on its list, also where it did
-- not sell. Member and transaction counts are not additive.
{% set measures = ['koin_used', 'qty'] %}

with sku_weeks as (
    select * from {{ ref('int_promotions__sku_weeks') }}
    where promotion = 'harga_spesial_koin'
),

with_previous as (
    select
        *,
        row_number() over (
            partition by week_start, bu_code, period_code
            order by qty desc nulls last, koin_used desc nulls last, {{ text_order('sku') }}
        ) as qty_rank,
        {{ previous_week_columns(measures, ['bu_code', 'period_code', 'sku']) }}
    from sku_weeks
)

select
    week_start,
    bu_code,
    period_code,
    sku,
    is_complete_week,
    product_name,
    koin_price,
    normal_price,
    koin_used,
    {{ week_over_week_columns('koin_used') }},
    member_count,
    transaction_count,
    qty,
    {{ week_over_week_columns('qty') }},
    cast(qty_rank as bigint) as qty_rank,
    value_given_away
from with_previous
