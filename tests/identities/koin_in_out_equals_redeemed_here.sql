-- A date and business unit in Koin In-Out where b + c + adjustments + unattributed are not the koin
-- that the ledger redeemed there, net of what was given back.

with report as (
    select * from {{ ref('daily_koin_in_out') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
    where is_in_koin_in_out
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
        koin_entries.entry_date,
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
