-- One row a week and issuer with koin movements, BUs, ADJUSTMENT and UNATTRIBUTED alike. Amounts
-- are positive as named; adjusted carries its sign.

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where is_lot
),

attributed as (
    select * from {{ ref('int_koin__attributed') }}
),

movements as (
    select
        week_start,
        issue_bu_code,
        entry_type,
        sum(lot_koin) as koin
    from positions
    group by week_start, issue_bu_code, entry_type
    union all
    select
        week_start,
        issue_bu_code,
        entry_type,
        sum(-koin) as koin
    from attributed
    group by week_start, issue_bu_code, entry_type
)

select
    week_start,
    issue_bu_code,
    cast(sum(case when entry_type = 'issue' then koin else 0 end) as bigint) as issued,
    cast(sum(case when entry_type = 'reverse_issue' then -koin else 0 end) as bigint)
        as issue_reversed,
    cast(sum(case when entry_type = 'redeem' then -koin else 0 end) as bigint) as redeemed,
    cast(sum(case when entry_type = 'reverse_redeem' then koin else 0 end) as bigint)
        as redeem_reversed,
    cast(sum(case when entry_type = 'expire' then -koin else 0 end) as bigint) as expired,
    cast(sum(case when entry_type = 'adjust' then koin else 0 end) as bigint) as adjusted,
    cast(sum(koin) as bigint) as koin_movement
from movements
group by week_start, issue_bu_code
