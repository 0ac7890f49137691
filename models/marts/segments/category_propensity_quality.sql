-- One row a product category and decile of the members' probability, and ALL: what the model
-- foresaw of a window that it had not seen, and what came. Rates and AUC are not additive. A
-- category with too few buyers has the row ALL alone, without figures.

with categories as (
    select * from {{ ref('int_propensity__categories') }}
),

quality as (
    select * from {{ ref('int_propensity__quality') }}
)

select
    categories.category,
    coalesce(quality.decile, 'ALL') as decile,
    categories.status,
    cast(quality.member_count as bigint) as member_count,
    cast(quality.buyer_count as bigint) as buyer_count,
    cast(quality.auc as numeric(9, 6)) as auc,
    cast(quality.baseline_auc as numeric(9, 6)) as baseline_auc,
    cast(quality.brier_score as numeric(9, 6)) as brier_score,
    cast(quality.predicted_rate as numeric(9, 6)) as predicted_rate,
    cast({{ safe_divide('quality.buyer_count', 'quality.member_count') }} as numeric(9, 6))
        as observed_rate
from categories
left join quality
    on categories.category = quality.category
