-- A week in which the programme's closing is not the sum of positive and negative member balances,
-- nor the ledger's movements up to then.

with roll_forward as (
    select * from {{ ref('weekly_koin_roll_forward') }}
    where issue_bu_code = 'ALL'
),

outstanding as (
    select * from {{ ref('weekly_koin_outstanding') }}
    where
        bu_code = 'ALL'
        and tier_code = 'ALL'
        and area_manager = 'ALL'
),

ledger as (
    select
        week_start,
        sum(koin_movement) as koin
    from {{ ref('fct_koin_entries') }}
    where not is_pre_cohesive
    group by week_start
),

ledger_balances as (
    select
        roll_forward.week_start,
        sum(ledger.koin) as koin
    from roll_forward
    left join ledger
        on roll_forward.week_start >= ledger.week_start
    group by roll_forward.week_start
)

select
    roll_forward.week_start,
    roll_forward.closing,
    outstanding.koin_outstanding,
    outstanding.negative_koin,
    ledger_balances.koin
from roll_forward
left join outstanding
    on roll_forward.week_start = outstanding.week_start
left join ledger_balances
    on roll_forward.week_start = ledger_balances.week_start
where
    roll_forward.closing
    <> coalesce(outstanding.koin_outstanding, 0) + coalesce(outstanding.negative_koin, 0)
    or roll_forward.closing <> coalesce(ledger_balances.koin, 0)
