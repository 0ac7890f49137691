-- One row a ledger entry that is no lot, issuer and attribution method: koin of that issuer.
-- Consumption counts +, reverse_redeem -. A reversal that names no known business unit is where the
-- redemption was that it undoes.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_entries'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where
        not is_lot
        and {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

slices as (
    select * from {{ ref('int_koin__slices') }}
    where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

-- An entry is kept when only what undoes it is computed again.
undone_slices as (
    select * from {{ ref('int_koin__slices') }}
    where {{ is_listed('koin_id', 'int_koin__undone_parts', 'undone_koin_id') }}
),

undone_parts as (
    select * from {{ ref('int_koin__undone_parts') }}
    where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

fifo_slices as (
    select * from {{ ref('int_koin__fifo_slices') }}
    where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

signed_slices as (
    select
        koin_id,
        issue_bu_code,
        attribution_method,
        part_to - part_from as koin
    from slices
    union all
    select
        undone_parts.koin_id,
        undone_slices.issue_bu_code,
        undone_slices.attribution_method,
        greatest(undone_parts.part_from, undone_slices.part_from)
        - least(undone_parts.part_to, undone_slices.part_to) as koin
    from undone_parts
    inner join undone_slices
        on
            undone_parts.undone_koin_id = undone_slices.koin_id
            and undone_parts.part_from < undone_slices.part_to
            and undone_parts.part_to > undone_slices.part_from
    union all
    select
        undone_parts.koin_id,
        positions.issue_bu_code,
        positions.attribution_method,
        -undone_parts.unknown_koin as koin
    from undone_parts
    inner join positions
        on undone_parts.koin_id = positions.koin_id
    where
        undone_parts.unknown_koin > 0
        and positions.attribution_method is not null
    union all
    select
        undone_parts.koin_id,
        fifo_slices.issue_bu_code,
        fifo_slices.attribution_method,
        fifo_slices.part_from - fifo_slices.part_to as koin
    from undone_parts
    inner join fifo_slices
        on undone_parts.koin_id = fifo_slices.koin_id
),

issuers as (
    select
        koin_id,
        issue_bu_code,
        attribution_method,
        cast(sum(koin) as bigint) as koin
    from signed_slices
    group by koin_id, issue_bu_code, attribution_method
)

select
    issuers.koin_id,
    issuers.issue_bu_code,
    issuers.attribution_method,
    issuers.koin,
    positions.cust_id,
    positions.entry_type,
    positions.receive_main_id,
    positions.entry_date,
    positions.week_start,
    case
        when positions.redeem_bu_code = 'UNKNOWN'
            then coalesce(undone_parts.undone_redeem_bu_code, 'UNKNOWN')
        else positions.redeem_bu_code
    end as redeem_bu_code
from issuers
inner join positions
    on issuers.koin_id = positions.koin_id
left join undone_parts
    on issuers.koin_id = undone_parts.koin_id
