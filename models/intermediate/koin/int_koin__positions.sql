-- One row a ledger entry that moves koin: where it lies on the member's axis of lots, in the order
-- of (entry_ts, koin_id). A lot lies on [axis_from, axis_to). Any other entry takes, or gives back,
-- the slice [slice_from, slice_to), of which the lots that came before it reach up to axis_to.
{% set ledgers = comes_after('int_touched__ledgers') -%}
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_entries'}
) }}

with ledger {{ as_inlined() }} (
    select * from {{ ref('fct_koin_entries') }}
    where not is_pre_cohesive
),

koin_entries {{ as_materialized() if is_incremental_run() else as_inlined() }} (
    select
        *,
        -- An adjustment belongs to no business unit, a reversal of a redemption names no lot.
        case when entry_type <> 'adjust' then issue_bu_code end as entry_issue_bu_code,
        case when entry_type in ('redeem', 'expire', 'reverse_issue') then source_koin_id end
            as lot_koin_id
    from ledger
    where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

-- Only what orders and adds up goes through the windows; the other columns are joined after.
steps as (
    select
        koin_id,
        cust_id,
        entry_ts,
        {{ koin_lot('entry_type', 'koin') }} as lot_koin,
        {{ koin_cursor_step('entry_type', 'koin') }} as cursor_step
    from koin_entries
    where koin <> 0
    {% if is_incremental_run() -%}
        -- The entries that are kept, as one before all others of the member; it has no koin_id, so no
        -- row comes of it.
        union all
        select
            cast(null as varchar) as koin_id,
            ledger.cust_id,
            max(ledger.entry_ts) as entry_ts,
            cast(sum({{ koin_lot('ledger.entry_type', 'ledger.koin') }}) as bigint) as lot_koin,
            cast(sum({{ koin_cursor_step('ledger.entry_type', 'ledger.koin') }}) as bigint)
                as cursor_step
        from ledger
        inner join {{ ledgers }} as ledgers
            on
                ledger.cust_id = ledgers.cust_id
                and ledger.entry_ts < ledgers.touched_from
        group by ledger.cust_id
    {%- endif %}
),

running as (
    select
        koin_id,
        lot_koin,
        cursor_step,
        cast(
            sum(lot_koin) over (
                partition by cust_id
                order by entry_ts, {{ text_order('koin_id') }}
                rows between unbounded preceding and current row
            ) as bigint
        ) as axis_to,
        cast(
            sum(cursor_step) over (
                partition by cust_id
                order by entry_ts, {{ text_order('koin_id') }}
                rows between unbounded preceding and current row
            ) as bigint
        ) as cursor_to
    from steps
),

-- A lot that a touched entry names may itself not be touched.
lots as (
    select
        koin_id,
        case when entry_type = 'adjust' then 'ADJUSTMENT' else issue_bu_code end as issue_bu_code
    from ledger
    where
        (
            entry_type = 'issue'
            or (entry_type = 'adjust' and koin > 0)
        )
    {% if is_incremental_run() -%}
        and koin_id in (select lot_koin_id from koin_entries)
    {%- endif %}
),

named_issuers as (
    select
        koin_entries.koin_id,
        koin_entries.cust_id,
        koin_entries.entry_type,
        koin_entries.redeem_bu_code,
        koin_entries.receive_main_id,
        koin_entries.source_koin_id,
        koin_entries.entry_ts,
        koin_entries.entry_date,
        koin_entries.week_start,
        koin_entries.expires_on,
        running.lot_koin,
        running.cursor_step,
        running.axis_to,
        running.cursor_to,
        koin_entries.entry_issue_bu_code,
        lots.issue_bu_code as lot_issue_bu_code
    from koin_entries
    inner join running
        on koin_entries.koin_id = running.koin_id
    left join lots
        on koin_entries.lot_koin_id = lots.koin_id
)

select
    koin_id,
    cust_id,
    entry_type,
    redeem_bu_code,
    source_koin_id,
    entry_ts,
    entry_date,
    week_start,
    lot_koin,
    cursor_step,
    axis_to,
    axis_to - lot_koin as axis_from,
    cursor_to - greatest(cursor_step, 0) as slice_from,
    cursor_to - least(cursor_step, 0) as slice_to,
    lot_koin > 0 as is_lot,
    case when lot_koin = 0 then receive_main_id end as receive_main_id,
    case when entry_type = 'issue' then expires_on end as expires_on,
    case
        when lot_koin > 0 and entry_type = 'adjust' then 'ADJUSTMENT'
        else coalesce(entry_issue_bu_code, lot_issue_bu_code)
    end as issue_bu_code,
    case
        when lot_koin > 0 then null
        when entry_issue_bu_code is not null then 'ledger'
        when lot_issue_bu_code is not null then 'lot'
    end as attribution_method
from named_issuers
