-- One row a member and period of one tier. The periods of a member cover every date without gap or
-- overlap: the tier history, where rows overlap the one that starts last; outside it the current
-- tier.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__profiles'}
) }}

with history as (
    select * from {{ ref('stg_cohesive__member_tiers') }}
    where {{ is_listed('cust_id', 'int_touched__profiles') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

members as (
    select * from {{ ref('int_members__resolved') }}
    where {{ is_listed('cust_id', 'int_touched__profiles') }}
),

tier_aliases as (
    select * from {{ ref('tier_aliases') }}
),

periods as (
    select
        history.cust_id,
        history.valid_from,
        history.valid_to,
        {{ normalise_tier('tier_aliases.tier_code') }} as tier_code
    from history
    inner join run
        on {{ few_rows_condition('history.valid_from <= run.as_of_date') }}
    left join tier_aliases
        on {{ spelling_key('history.tier') }} = tier_aliases.alias
),

boundaries as (
    select
        cust_id,
        valid_from as starts_on
    from periods
    union
    select
        cust_id,
        valid_to as starts_on
    from periods
    where valid_to < cast('9999-12-31' as date)
    union
    select
        cust_id,
        cast('1900-01-01' as date) as starts_on
    from periods
    union
    select
        cust_id,
        cast('1900-01-01' as date) as starts_on
    from members
),

covering_periods as (
    select
        boundaries.cust_id,
        boundaries.starts_on,
        periods.tier_code,
        row_number() over (
            partition by boundaries.cust_id, boundaries.starts_on
            order by periods.valid_from desc nulls last
        ) as period_rank
    from boundaries
    left join periods
        on
            boundaries.cust_id = periods.cust_id
            and {{ tier_period_covers(
                'boundaries.starts_on', 'periods.valid_from', 'periods.valid_to'
            ) }}
),

tiers as (
    select
        covering_periods.cust_id,
        covering_periods.starts_on,
        {{ tier_at('covering_periods.tier_code', 'members.tier_code') }} as tier_code,
        covering_periods.tier_code is not null as is_from_history
    from covering_periods
    left join members
        on covering_periods.cust_id = members.cust_id
    where covering_periods.period_rank = 1
),

with_previous as (
    select
        cust_id,
        starts_on,
        tier_code,
        is_from_history,
        lag(tier_code) over (partition by cust_id order by starts_on) as previous_tier_code,
        lag(is_from_history) over (partition by cust_id order by starts_on) as was_from_history
    from tiers
),

changes as (
    select
        cust_id,
        starts_on,
        tier_code,
        is_from_history
    from with_previous
    where
        previous_tier_code is null
        or previous_tier_code <> tier_code
        or was_from_history <> is_from_history
)

select
    cust_id,
    starts_on as valid_from,
    tier_code,
    is_from_history,
    coalesce(
        lead(starts_on) over (partition by cust_id order by starts_on),
        cast('9999-12-31' as date)
    ) as valid_to
from changes
