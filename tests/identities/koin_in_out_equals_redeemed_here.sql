-- A date and business unit in Koin In-Out where b + c + adjustments + unattributed are not the koin
-- that the ledger redeemed there, net of what was given back.

with report as (
    select * from {{ ref('daily_koin_in_out') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
    where is_in_koin_in_out
),

{{ placed_entries() }},

redeemed as (
    select
        entry_date,
        redeem_bu_code,
        sum(koin) as koin
    from placed_entries
    group by entry_date, redeem_bu_code
)

select
    report.redemption_date,
    report.bu_code,
    redeemed.koin
from report
inner join business_units
    on report.bu_code = business_units.bu_code
left join redeemed
    on
        report.redemption_date = redeemed.entry_date
        and report.bu_code = redeemed.redeem_bu_code
where
    report.b_issued_elsewhere_redeemed_here
    + report.c_issued_and_redeemed_here
    + report.adjustment_redeemed_here
    + report.unattributed_redeemed_here
    <> coalesce(redeemed.koin, 0)
