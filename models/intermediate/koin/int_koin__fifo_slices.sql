-- One row an entry whose issuer neither ledger nor lot says, and lot under its slice of the axis:
-- first in, first out. What no lot before the entry covers is UNATTRIBUTED. part_from counts koin
-- from its begin.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_entries'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where {{ is_listed('cust_id', 'int_touched__ledgers') }}
),

undone_parts as (
    select * from {{ ref('int_koin__undone_parts') }}
    where
        unknown_koin > 0
        and {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

lots as (
    select * from positions
    where is_lot
),

-- A reversal gives back from the end, so what no known row accounts for lies at its begin.
unsourced as (
    select
        koin_id,
        cust_id,
        axis_to,
        slice_from,
        slice_to
    from positions
    where
        cursor_step > 0
        and attribution_method is null
        and {{ is_listed('koin_id', 'int_touched__koin_entries') }}
    union all
    select
        positions.koin_id,
        positions.cust_id,
        positions.axis_to,
        positions.slice_from,
        positions.slice_from + undone_parts.unknown_koin as slice_to
    from positions
    inner join undone_parts
        on positions.koin_id = undone_parts.koin_id
    where positions.attribution_method is null
),

slices as (
    select
        unsourced.koin_id,
        unsourced.slice_from as entry_from,
        lots.issue_bu_code,
        'fifo' as attribution_method,
        greatest(unsourced.slice_from, lots.axis_from) as slice_from,
        least(unsourced.slice_to, lots.axis_to) as slice_to
    from unsourced
    inner join lots
        on
            unsourced.cust_id = lots.cust_id
            and unsourced.slice_to > lots.axis_from
            and unsourced.slice_from < lots.axis_to
            and unsourced.axis_to >= lots.axis_to
    union all
    select
        koin_id,
        slice_from as entry_from,
        'UNATTRIBUTED' as issue_bu_code,
        'unattributed' as attribution_method,
        greatest(slice_from, axis_to) as slice_from,
        slice_to
    from unsourced
    where slice_to > axis_to
    union all
    -- The cursor is below 0 when more was given back than ever taken.
    select
        koin_id,
        slice_from as entry_from,
        'UNATTRIBUTED' as issue_bu_code,
        'unattributed' as attribution_method,
        slice_from,
        least(slice_to, 0) as slice_to
    from unsourced
    where slice_from < 0
)

select
    koin_id,
    issue_bu_code,
    attribution_method,
    slice_from - entry_from as part_from,
    slice_to - entry_from as part_to
from slices
