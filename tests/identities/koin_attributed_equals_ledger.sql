-- An entry of the ledger that is no lot, attributed to more or less koin than it moved.

with koin_entries as (
    select
        koin_id,
        -koin_movement as koin
    from {{ ref('fct_koin_entries') }}
    where
        not is_pre_cohesive
        and (koin_movement < 0 or entry_type = 'reverse_redeem')
        and {{ is_tested_again('koin_id', 'int_touched__koin_entries') }}
),

attributed as (
    select
        koin_id,
        sum(koin) as koin
    from {{ ref('int_koin__attributed') }}
    where {{ is_tested_again('koin_id', 'int_touched__koin_entries') }}
    group by koin_id
)

select
    koin_entries.koin_id,
    attributed.koin_id as attributed_koin_id,
    koin_entries.koin,
    attributed.koin as attributed_koin
from koin_entries
full outer join attributed
    on koin_entries.koin_id = attributed.koin_id
where coalesce(koin_entries.koin, 0) <> coalesce(attributed.koin, 0)
