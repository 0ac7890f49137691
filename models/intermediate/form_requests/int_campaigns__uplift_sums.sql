-- One row a campaign and metric, with both arms (target and control): how many members or stores,
-- and the sums and sums of squares that means and variances are made of. All are exact, so that the
-- statistics are the same whatever the order of the rows: what a store sells a day is summed times
-- value_divisor, the product of the days of both periods.
{% set arms = ['target', 'control'] %}
{% set values = ['promo', 'base', 'change'] %}
{% set min_units = var('uplift_min_members') %}
{% set min_buyers = var('uplift_min_buyers') %}

with definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

outcomes as (
    select * from {{ ref('int_campaigns__member_outcomes') }}
),

members as (
    select
        *,
        case when member_group = 'target' then 'target' else 'control' end as arm
    from outcomes
),

sites as (
    select * from {{ ref('int_campaigns__site_outcomes') }}
),

measured as (
    select
        campaign_code,
        'conversion' as metric,
        arm,
        cast(case when promo_transaction_count > 0 then 1 else 0 end as numeric(19, 2))
            as promo_value,
        cast(case when control_transaction_count > 0 then 1 else 0 end as numeric(19, 2))
            as base_value,
        promo_transaction_count > 0 as is_buyer
    from members
    union all
    select
        campaign_code,
        'transactions_per_member' as metric,
        arm,
        cast(promo_transaction_count as numeric(19, 2)) as promo_value,
        cast(control_transaction_count as numeric(19, 2)) as base_value,
        promo_transaction_count > 0 as is_buyer
    from members
    union all
    select
        campaign_code,
        'net_sales_per_member' as metric,
        arm,
        cast(promo_net_sales as numeric(19, 2)) as promo_value,
        cast(control_net_sales as numeric(19, 2)) as base_value,
        promo_transaction_count > 0 as is_buyer
    from members
    union all
    select
        sites.campaign_code,
        'net_sales_per_store_day' as metric,
        sites.arm,
        cast(
            cast(sites.promo_net_sales as numeric(28, 2)) * definitions.control_days
            as numeric(19, 2)
        ) as promo_value,
        cast(
            cast(sites.control_net_sales as numeric(28, 2)) * definitions.promo_days
            as numeric(19, 2)
        ) as base_value,
        sites.promo_transaction_count > 0 as is_buyer
    from sites
    inner join definitions
        on sites.campaign_code = definitions.campaign_code
    union all
    select
        sites.campaign_code,
        'transactions_per_store_day' as metric,
        sites.arm,
        cast(sites.promo_transaction_count * definitions.control_days as numeric(19, 2))
            as promo_value,
        cast(sites.control_transaction_count * definitions.promo_days as numeric(19, 2))
            as base_value,
        sites.promo_transaction_count > 0 as is_buyer
    from sites
    inner join definitions
        on sites.campaign_code = definitions.campaign_code
),

with_change as (
    select
        *,
        cast(promo_value - base_value as numeric(19, 2)) as change_value
    from measured
),

summed as (
    select
        campaign_code,
        metric,
    {% for arm in arms %}
        sum(case when arm = '{{ arm }}' then 1 else 0 end) as {{ arm }}_count,
        sum(case when arm = '{{ arm }}' and is_buyer then 1 else 0 end)
            as {{ arm }}_buyer_count,
    {% for value in values %}
        sum(case when arm = '{{ arm }}' then {{ value }}_value else 0 end)
            as {{ arm }}_{{ value }}_sum,
        sum(case when arm = '{{ arm }}' then {{ value }}_value * {{ value }}_value else 0 end)
            as {{ arm }}_{{ value }}_square_sum
        {{- ',' if not loop.last }}
    {% endfor %}
        {{- ',' if not loop.last }}
    {% endfor %}
    from with_change
    group by campaign_code, metric
),

metrics as (
    select
        'conversion' as metric,
        'member' as unit
    union all
    select
        'transactions_per_member' as metric,
        'member' as unit
    union all
    select
        'net_sales_per_member' as metric,
        'member' as unit
    union all
    select
        'net_sales_per_store_day' as metric,
        'store' as unit
    union all
    select
        'transactions_per_store_day' as metric,
        'store' as unit
),

filled as (
    select
        definitions.campaign_code,
        metrics.metric,
        metrics.unit,
        definitions.promo_status,
        definitions.has_equal_periods,
        definitions.is_control_known,
        cast(
            case
                when metrics.unit = 'store' then definitions.promo_days * definitions.control_days
                else 1
            end as integer
        ) as value_divisor,
    {% for arm in arms %}
        cast(coalesce(summed.{{ arm }}_count, 0) as bigint) as {{ arm }}_count,
        cast(coalesce(summed.{{ arm }}_buyer_count, 0) as bigint) as {{ arm }}_buyer_count,
    {% for value in values %}
        cast(coalesce(summed.{{ arm }}_{{ value }}_sum, 0) as numeric(28, 2))
            as {{ arm }}_{{ value }}_sum,
        cast(coalesce(summed.{{ arm }}_{{ value }}_square_sum, 0) as numeric(38, 4))
            as {{ arm }}_{{ value }}_square_sum
        {{- ',' if not loop.last }}
    {% endfor %}
        {{- ',' if not loop.last }}
    {% endfor %}
    from definitions
    cross join metrics
    left join summed
        on
            definitions.campaign_code = summed.campaign_code
            and metrics.metric = summed.metric
    where metrics.unit = 'member' or definitions.scope_type = 'site'
),

judged as (
    select
        *,
        -- Stores are not drawn by lot: their levels are not compared, only their changes.
        case
            when promo_status <> 'ended' then 'not_ended'
            when target_count = 0 then 'no_target'
            when unit = 'store' or control_count = 0 then 'no_holdout'
            when target_count < {{ min_units }} or control_count < {{ min_units }} then 'too_small'
            when
                target_buyer_count < {{ min_buyers }} or control_buyer_count < {{ min_buyers }}
                then 'too_few_buyers'
            when
                metric = 'conversion'
                and (
                    target_count - target_buyer_count < {{ min_buyers }}
                    or control_count - control_buyer_count < {{ min_buyers }}
                )
                then 'too_few_others'
            else 'ok'
        end as status,
        case
            when promo_status <> 'ended' then 'not_ended'
            when not is_control_known then 'control_period_unknown'
            when unit = 'member' and not has_equal_periods then 'unequal_periods'
            when target_count = 0 then 'no_target'
            when control_count = 0 then 'no_control'
            when
                unit = 'member'
                and (target_count < {{ min_units }} or control_count < {{ min_units }})
                then 'too_small'
            when unit = 'store' and control_count < {{ var('uplift_min_stores') }} then 'too_small'
            when
                unit = 'member'
                and (
                    target_buyer_count < {{ min_buyers }}
                    or control_buyer_count < {{ min_buyers }}
                )
                then 'too_few_buyers'
            else 'ok'
        end as did_status
    from filled
)

select
    campaign_code,
    metric,
    unit,
    promo_status,
    has_equal_periods,
    is_control_known,
    value_divisor,
    {% for arm in arms %}
        {{ arm }}_count,
        {{ arm }}_buyer_count,
        {% for value in values %}
            {{ arm }}_{{ value }}_sum,
            {{ arm }}_{{ value }}_square_sum,
        {% endfor %}
    {% endfor %}
    status,
    did_status
from judged
