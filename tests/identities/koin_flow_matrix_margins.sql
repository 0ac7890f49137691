-- A week and business unit where a margin of the flow matrix is not what the ledger redeemed
-- (redeemers) or what Koin In-Out says of the issuer: a + c + redeemed at excluded business units.

with matrix as (
    select * from {{ ref('weekly_koin_flow_matrix') }}
),

report as (
    select * from {{ ref('weekly_koin_in_out') }}
),

{{ placed_entries() }},

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
