-- A week and business unit where a margin of the flow matrix is not what the ledger redeemed
-- (redeemers) or what Koin In-Out says of the issuer: a + c + redeemed at excluded business units.

with matrix as (
    select * from {{ ref('weekly_koin_flow_matrix') }}
),

report as (
    select * from {{ ref('weekly_koin_in_out') }}
),

koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
    where
        entry_type in ('redeem', 'reverse_redeem')
        and koin <> 0
        and not is_pre_cohesive
),

redemptions as (
    select
        koin_id,
        redeem_bu_code
    from koin_entries
    where entry_type = 'redeem'
),

-- A reversal that names no known business unit is where the redemption was that it undoes.
placed_entries as (
    select
        koin_entries.week_start,
        -koin_entries.koin_movement as koin,
        case
            when
                koin_entries.entry_type = 'reverse_redeem'
                and koin_entries.redeem_bu_code = 'UNKNOWN'
                and redemptions.koin_id is not null
                then redemptions.redeem_bu_code
            else koin_entries.redeem_bu_code
        end as redeem_bu_code
    from koin_entries
    left join redemptions
        on koin_entries.source_koin_id = redemptions.koin_id
),

redeemed as (
    select
        week_start,
        redeem_bu_code,
        sum(koin) as koin
    from placed_entries
    group by week_start, redeem_bu_code
),

redeemers as (
    select
        week_start,
        redeem_bu_code,
        sum(koin) as koin
    from matrix
    group by week_start, redeem_bu_code
),

issuers as (
    select
        week_start,
        issue_bu_code,
        sum(koin) as koin
    from matrix
    group by week_start, issue_bu_code
)

select
    report.week_start,
    report.bu_code,
    redeemers.koin as redeemer_margin,
    redeemed.koin as redeemed_koin,
    issuers.koin as issuer_margin
from report
left join redeemers
    on
        report.week_start = redeemers.week_start
        and report.bu_code = redeemers.redeem_bu_code
left join redeemed
    on
        report.week_start = redeemed.week_start
        and report.bu_code = redeemed.redeem_bu_code
left join issuers
    on
        report.week_start = issuers.week_start
        and report.bu_code = issuers.issue_bu_code
where
    coalesce(redeemers.koin, 0) <> coalesce(redeemed.koin, 0)
    or coalesce(issuers.koin, 0)
    <> report.a_issued_here_redeemed_elsewhere
    + report.c_issued_and_redeemed_here
    + report.issued_here_redeemed_at_excluded_bu
