-- One row a week and issuer (business units, ADJUSTMENT, UNATTRIBUTED), and issuer ALL: koin at the
-- begin of the week, what moved them, koin at its end. Amounts are additive over issuers; opening
-- and closing are not over weeks.
{% set movements = [
    'issued', 'issue_reversed', 'redeemed', 'redeem_reversed', 'expired', 'adjusted', 'koin_movement'
] %}

with weeks as (
    select * from {{ ref('dim_weeks') }}
),

business_unit_weeks as (
    select * from {{ ref('int_weekly_reports__business_unit_weeks') }}
),

issuer_weeks as (
    select * from {{ ref('int_koin__issuer_weeks') }}
),

issuers as (
    select bu_code as issue_bu_code from business_unit_weeks
    union
    select 'ADJUSTMENT' as issue_bu_code
    union
    select 'UNATTRIBUTED' as issue_bu_code
    union
    select 'ALL' as issue_bu_code
),

movements as (
    select
        week_start,
        {% for movement in movements -%}
            sum({{ movement }}) as {{ movement }},
        {% endfor -%}
        coalesce(issue_bu_code, 'ALL') as issue_bu_code
    from issuer_weeks
    group by grouping sets ((week_start, issue_bu_code), (week_start))
),

first_week as (
    select min(week_start) as week_start from weeks
),

earlier_movements as (
    select
        movements.issue_bu_code,
        sum(movements.koin_movement) as koin_movement
    from movements
    inner join first_week
        on movements.week_start < first_week.week_start
    group by movements.issue_bu_code
),

spine as (
    select
        weeks.week_start,
        weeks.is_complete_week,
        issuers.issue_bu_code
    from weeks
    cross join issuers
),

weekly as (
    select
        spine.week_start,
        spine.issue_bu_code,
        spine.is_complete_week,
        {% for movement in movements -%}
            cast(coalesce(movements.{{ movement }}, 0) as bigint) as {{ movement }},
        {% endfor -%}
        cast(coalesce(earlier_movements.koin_movement, 0) as bigint) as earlier_movement
    from spine
    left join movements
        on
            spine.week_start = movements.week_start
            and spine.issue_bu_code = movements.issue_bu_code
    left join earlier_movements
        on spine.issue_bu_code = earlier_movements.issue_bu_code
),

balances as (
    select
        *,
        cast(
            earlier_movement
            + sum(koin_movement) over (
                partition by issue_bu_code
                order by week_start
                rows between unbounded preceding and current row
            ) as bigint
        ) as closing
    from weekly
),

with_opening as (
    select
        *,
        closing - koin_movement as opening
    from balances
)

select
    week_start,
    issue_bu_code,
    is_complete_week,
    opening,
    issued,
    issue_reversed,
    redeemed,
    redeem_reversed,
    expired,
    adjusted,
    closing,
    {{ safe_divide('redeemed - redeem_reversed', 'issued - issue_reversed') }} as burn_earn_ratio,
    {{ safe_divide('expired', 'opening') }} as expiry_rate
from with_opening
