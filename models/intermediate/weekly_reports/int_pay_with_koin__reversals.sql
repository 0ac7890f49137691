-- One row a week, business unit and tier: koin given back on receipts that count in Pay with Koin,
-- in the week of the reversal and with the member's tier on its date. The receipt's business unit
-- gives them back.

with koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
    where
        entry_type = 'reverse_redeem'
        and not is_pre_cohesive
),

receipts as (
    select * from {{ ref('int_pay_with_koin__receipts') }}
)

select
    koin_entries.week_start,
    receipts.bu_code,
    koin_entries.tier_code,
    cast(sum(koin_entries.koin) as bigint) as koin_reversed
from koin_entries
inner join receipts
    on koin_entries.receive_main_id = receipts.receive_main_id
group by koin_entries.week_start, receipts.bu_code, koin_entries.tier_code
