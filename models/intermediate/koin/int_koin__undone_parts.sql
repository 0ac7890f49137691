-- One row a reverse_redeem: the part of the row it undoes that it gives back, counted in koin from
-- that row's begin. What was consumed last is given back first, and each reversal takes what those
-- before it left. unknown_koin is what no known row accounts for.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_entries'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where {{ is_listed('cust_id', 'int_touched__ledgers') }}
),

undone as (
    select * from positions
    where entry_type in ('redeem', 'expire')
),

reversals as (
    select
        reversals.koin_id,
        undone.koin_id as undone_koin_id,
        case when undone.entry_type = 'redeem' then undone.redeem_bu_code end
            as undone_redeem_bu_code,
        -reversals.cursor_step as koin,
        coalesce(undone.cursor_step, 0) as undone_koin,
        cast(
            sum(-reversals.cursor_step) over (
                partition by undone.koin_id
                order by reversals.entry_ts, {{ text_order('reversals.koin_id') }}
                rows between unbounded preceding and current row
            ) as bigint
        ) as koin_given_back
    from positions as reversals
    left join undone
        on reversals.source_koin_id = undone.koin_id
    where reversals.entry_type = 'reverse_redeem'
),

parts as (
    select
        koin_id,
        undone_koin_id,
        undone_redeem_bu_code,
        koin,
        greatest(undone_koin - koin_given_back, 0) as part_from,
        greatest(undone_koin - (koin_given_back - koin), 0) as part_to
    from reversals
    where undone_koin_id is not null
    union all
    select
        koin_id,
        undone_koin_id,
        undone_redeem_bu_code,
        koin,
        cast(0 as bigint) as part_from,
        cast(0 as bigint) as part_to
    from reversals
    where undone_koin_id is null
)

select
    koin_id,
    undone_koin_id,
    undone_redeem_bu_code,
    part_from,
    part_to,
    koin - (part_to - part_from) as unknown_koin
from parts
-- Not before: what is left of the undone row follows from the reversals that are kept, too.
where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
