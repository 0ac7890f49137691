-- One row a member, expiry date and issuer with koin left of the lots that expire then, as of the
-- run; a null date is of lots that never expire. What is left of a lot follows from the member's
-- cursor.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__members'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where {{ is_listed('cust_id', 'int_touched__members') }}
),

cursors as (
    select
        cust_id,
        sum(cursor_step) as cursor_to
    from positions
    group by cust_id
),

lots as (
    select
        positions.cust_id,
        positions.expires_on,
        positions.issue_bu_code,
        positions.axis_to - greatest(positions.axis_from, cursors.cursor_to) as koin_left
    from positions
    inner join cursors
        on positions.cust_id = cursors.cust_id
    where positions.is_lot
)

select
    cust_id,
    expires_on,
    issue_bu_code,
    cast(sum(koin_left) as bigint) as koin_left
from lots
where koin_left > 0
group by cust_id, expires_on, issue_bu_code
