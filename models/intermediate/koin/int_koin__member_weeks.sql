-- One row a member and week with ledger entries: where axis and cursor stand at its end, and before
-- it. The balance is axis_to - cursor_to. Entries before the first reported week keep their own,
-- earlier week.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__members'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where {{ is_listed('cust_id', 'int_touched__members') }}
),

weekly as (
    select
        cust_id,
        week_start,
        sum(lot_koin) as lot_koin,
        sum(cursor_step) as cursor_step
    from positions
    group by cust_id, week_start
),

running as (
    select
        cust_id,
        week_start,
        cast(lot_koin as bigint) as lot_koin,
        cast(cursor_step as bigint) as cursor_step,
        cast(
            sum(lot_koin) over (
                partition by cust_id
                order by week_start
                rows between unbounded preceding and current row
            ) as bigint
        ) as axis_to,
        cast(
            sum(cursor_step) over (
                partition by cust_id
                order by week_start
                rows between unbounded preceding and current row
            ) as bigint
        ) as cursor_to
    from weekly
)

select
    cust_id,
    week_start,
    axis_to,
    cursor_to,
    axis_to - lot_koin as axis_from,
    cursor_to - cursor_step as cursor_from,
    lot_koin - cursor_step as koin_movement
from running
