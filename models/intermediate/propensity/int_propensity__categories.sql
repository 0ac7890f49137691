-- One row a product category: how many members bought it in the two windows with a known outcome,
-- and whether these are enough for a model.

with categories as (
    select * from {{ ref('int_propensity__category_numbers') }}
),

member_categories as (
    select * from {{ ref('int_propensity__member_categories') }}
    where is_buyer
),

buyers as (
    select
        category_number,
        sum(case when horizons_back = 2 then 1 else 0 end) as fitting_buyer_count,
        sum(case when horizons_back = 1 then 1 else 0 end) as judging_buyer_count
    from member_categories
    group by category_number
),

counted as (
    select
        categories.category,
        categories.category_number,
        coalesce(buyers.fitting_buyer_count, 0) as fitting_buyer_count,
        coalesce(buyers.judging_buyer_count, 0) as judging_buyer_count
    from categories
    left join buyers
        on categories.category_number = buyers.category_number
)

select
    category,
    category_number,
    cast(fitting_buyer_count as bigint) as fitting_buyer_count,
    cast(judging_buyer_count as bigint) as judging_buyer_count,
    case
        when
            fitting_buyer_count >= {{ var('propensity_min_buyers') }}
            and judging_buyer_count >= {{ var('propensity_min_buyers') }}
            then 'scored'
        else 'too_few_buyers'
    end as status
from counted
