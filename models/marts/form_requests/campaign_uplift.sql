-- One row a campaign of the list and metric: what the campaign did to those it was meant for, with
-- its uncertainty. Nothing is additive over metrics.

with sums as (
    select * from {{ ref('int_campaigns__uplift_sums') }}
),

estimates as (
    select * from {{ ref('int_campaigns__uplift') }}
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

holdouts as (
    select * from {{ ref('int_campaigns__holdouts') }}
),

figures as (
    select
        sums.campaign_code,
        sums.metric,
        sums.unit,
        sums.status,
        sums.did_status,
        sums.target_count,
        sums.control_count,
        definitions.campaign_name,
        definitions.bu_code,
        -- Audiences that held out unlike shares weigh differently in target and holdout.
        case
            when
                sums.unit = 'member'
                and sums.control_count > 0
                and holdouts.least_holdout_share = holdouts.greatest_holdout_share
                then 'causal'
            else 'descriptive'
        end as evidence,
        sums.value_divisor,
        sums.target_promo_sum,
        sums.target_base_sum,
        sums.target_change_sum,
        sums.control_promo_sum,
        case
            when sums.promo_status = 'ended'
                then {{ safe_divide(
                    'sums.target_promo_sum', 'sums.target_count * sums.value_divisor'
                ) }}
        end as target_mean,
        case
            when sums.promo_status = 'ended'
                then {{ safe_divide(
                    'sums.control_promo_sum', 'sums.control_count * sums.value_divisor'
                ) }}
        end as control_mean,
        case
            when sums.promo_status = 'ended' and sums.is_control_known
                then {{ safe_divide(
                    'sums.target_base_sum', 'sums.target_count * sums.value_divisor'
                ) }}
        end as target_base_mean,
        case
            when
                sums.promo_status = 'ended' and sums.is_control_known
                and (sums.unit = 'store' or sums.has_equal_periods)
                then {{ safe_divide(
                    'sums.target_change_sum', 'sums.target_count * sums.value_divisor'
                ) }}
        end as pre_post_change,
        cast(estimates.uplift as numeric(28, 6)) as absolute_uplift,
        cast(estimates.uplift_low as numeric(28, 6)) as uplift_low,
        cast(estimates.uplift_high as numeric(28, 6)) as uplift_high,
        cast(estimates.p_value as numeric(9, 6)) as p_value,
        cast(estimates.detectable_uplift as numeric(28, 6)) as smallest_detectable_uplift,
        cast(estimates.did as numeric(28, 6)) as did_uplift,
        cast(estimates.did_low as numeric(28, 6)) as did_low,
        cast(estimates.did_high as numeric(28, 6)) as did_high,
        cast(estimates.did_p_value as numeric(9, 6)) as did_p_value
    from sums
    inner join definitions
        on sums.campaign_code = definitions.campaign_code
    left join estimates
        on
            sums.campaign_code = estimates.campaign_code
            and sums.metric = estimates.metric
    left join holdouts
        on sums.campaign_code = holdouts.campaign_code
)

select
    campaign_code,
    metric,
    campaign_name,
    bu_code,
    unit,
    evidence,
    status,
    target_count,
    control_count,
    target_mean,
    control_mean,
    absolute_uplift,
    uplift_low,
    uplift_high,
    cast(
        case
            when absolute_uplift is not null
                then {{ change_of_ratios(
                    'target_promo_sum', 'target_count', 'control_promo_sum', 'control_count'
                ) }}
        end as numeric(28, 6)
    ) as relative_uplift,
    p_value,
    cast(
        case
            when absolute_uplift is not null
                then {{ safe_divide(
                    excess_of_products(
                        'target_promo_sum', 'target_count', 'control_promo_sum', 'control_count'
                    ),
                    'control_count * value_divisor',
                    scale=2
                ) }}
        end as numeric(28, 2)
    ) as incremental_total,
    smallest_detectable_uplift,
    target_base_mean,
    pre_post_change,
    cast(
        case
            when pre_post_change is not null
                then {{ safe_divide('target_change_sum', 'target_base_sum') }}
        end as numeric(28, 6)
    ) as pre_post_change_ratio,
    did_status,
    did_uplift,
    did_low,
    did_high,
    did_p_value
from figures
