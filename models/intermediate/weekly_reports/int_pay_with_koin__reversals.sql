-- One row a week, business unit and tier: koin given back on receipts that count in Pay with Koin,
-- in the week of the reversal, and with the tier that the member of the receipt has on its date,
-- whoever the ledger gives them to. The receipt's business unit gives them back.

with koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
    where
        entry_type = 'reverse_redeem'
        and not is_pre_cohesive
),

receipts as (
    select * from {{ ref('int_pay_with_koin__receipts') }}
),

member_tiers as (
    select * from {{ ref('dim_member_tiers') }}
),

reversals as (
    select
        koin_entries.week_start,
        receipts.bu_code,
        koin_entries.koin,
        coalesce(member_tiers.tier_code, 'UNKNOWN') as tier_code
    from koin_entries
    inner join receipts
        on koin_entries.receive_main_id = receipts.receive_main_id
    left join member_tiers
        on
            receipts.payer_cust_id = member_tiers.cust_id
            and koin_entries.entry_date >= member_tiers.valid_from
            and koin_entries.entry_date < member_tiers.valid_to
)

select
    week_start,
    bu_code,
    tier_code,
    cast(sum(koin) as bigint) as koin_reversed
from reversals
group by week_start, bu_code, tier_code
