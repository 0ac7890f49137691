-- One row a lot and week in which what is left of it changes: as it is issued, and when the
-- member's cursor moves over it. Only lots that expire within 90 days of the as-of date, or did.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__lots'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where {{ is_listed('cust_id', 'int_touched__lots') }}
),

member_weeks as (
    select * from {{ ref('int_koin__member_weeks') }}
    where {{ is_listed('cust_id', 'int_touched__lots') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

lots as (
    select
        positions.koin_id,
        positions.cust_id,
        positions.week_start,
        positions.expires_on,
        positions.axis_from,
        positions.axis_to
    from positions
    inner join run
        on {{ few_rows_condition(
            'positions.expires_on <= ' ~ date_add_days('run.as_of_date', koin_due_horizons() | max)
        ) }}
    where positions.is_lot
),

-- The cursor counts as standing before the lot until the week that issues it.
moves as (
    select
        lots.koin_id,
        lots.cust_id,
        lots.expires_on,
        member_weeks.week_start,
        greatest(
            lots.axis_to - greatest(lots.axis_from, member_weeks.cursor_to), 0
        ) as koin_left,
        case
            when member_weeks.week_start = lots.week_start then 0
            else greatest(lots.axis_to - greatest(lots.axis_from, member_weeks.cursor_from), 0)
        end as koin_left_before
    from lots
    inner join member_weeks
        on
            lots.cust_id = member_weeks.cust_id
            and (
                lots.week_start = member_weeks.week_start
                or (
                    lots.week_start < member_weeks.week_start
                    and lots.axis_to > least(member_weeks.cursor_from, member_weeks.cursor_to)
                    and lots.axis_from < greatest(member_weeks.cursor_from, member_weeks.cursor_to)
                )
            )
)

select
    koin_id,
    cust_id,
    week_start,
    expires_on,
    koin_left - koin_left_before as koin_change
from moves
where koin_left <> koin_left_before
