-- One row a receipt that the ledger names: koin redeemed on it since go-live. A receipt can
-- have many movements.

with koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
)

select
    receive_main_id,
    cast(sum(koin) as bigint) as koin_redeemed
from koin_entries
where
    entry_type = 'redeem'
    and not is_pre_cohesive
    and receive_main_id is not null
group by receive_main_id
