-- One row a member with ledger entries: koin as of the run. Koin that expire soon are those left of
-- lots that are not overdue.

with member_weeks as (
    select * from {{ ref('int_koin__member_weeks') }}
),

open_lots as (
    select * from {{ ref('int_koin__open_lots') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

balances as (
    select
        cust_id,
        sum(koin_movement) as koin_balance
    from member_weeks
    group by cust_id
),

due_koin as (
    select
        open_lots.cust_id,
        sum(case when open_lots.expires_on < run.as_of_date then open_lots.koin_left else 0 end)
            as overdue_koin,
        sum(case
            when open_lots.expires_on >= run.as_of_date then open_lots.koin_left else 0
        end) as koin_expiring_soon
    from open_lots
    inner join run
        on
            open_lots.expires_on
            <= {{ date_add_days('run.as_of_date', var('koin_expiring_soon_days')) }}
    group by open_lots.cust_id
)

select
    balances.cust_id,
    cast(balances.koin_balance as bigint) as koin_balance,
    cast(coalesce(due_koin.overdue_koin, 0) as bigint) as overdue_koin,
    cast(coalesce(due_koin.koin_expiring_soon, 0) as bigint) as koin_expiring_soon
from balances
left join due_koin
    on balances.cust_id = due_koin.cust_id
