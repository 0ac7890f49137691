-- Koin redeemed in the report, ALL tiers, against the ledger's movements on receipts that qualify.
-- What was given back before the first week of receipts has no week to be reported in.

with receipts as (
    select
        receive_main_id,
        receipt_status,
        original_receive_main_id
    from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
),

entries as (
    select
        receive_main_id,
        entry_type,
        koin,
        week_start
    from {{ ref('fct_koin_entries') }}
    where
        not is_pre_cohesive
        and entry_type in ('redeem', 'reverse_redeem')
        and receive_main_id is not null
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

paid as (
    select
        receipts.receive_main_id,
        sum(entries.koin) as koin
    from receipts
    inner join entries
        on receipts.receive_main_id = entries.receive_main_id
    where
        receipts.receipt_status = 'completed'
        and entries.entry_type = 'redeem'
    group by receipts.receive_main_id
    having sum(entries.koin) > 0
),

-- On the receipt itself, or on a return of it.
reversals as (
    select
        entries.koin,
        receipts.receive_main_id,
        case
            when receipts.receipt_status = 'return' then receipts.original_receive_main_id
        end as returned_receive_main_id
    from entries
    inner join weeks
        on entries.week_start = weeks.week_start
    inner join receipts
        on entries.receive_main_id = receipts.receive_main_id
    where entries.entry_type = 'reverse_redeem'
),

given_back as (
    select coalesce(sum(reversals.koin), 0) as koin
    from reversals
    left join paid
        on reversals.receive_main_id = paid.receive_main_id
    left join paid as originals
        on reversals.returned_receive_main_id = originals.receive_main_id
    where
        paid.receive_main_id is not null
        or originals.receive_main_id is not null
),

ledger as (
    select coalesce(sum(koin), 0) as koin
    from paid
),

report as (
    select sum(koin_redeemed) as koin
    from {{ ref('weekly_pay_with_koin') }}
    where tier_code = 'ALL'
)

select
    ledger.koin as redeemed,
    given_back.koin as given_back,
    report.koin as reported
from ledger
cross join given_back
cross join report
where ledger.koin - given_back.koin <> report.koin
