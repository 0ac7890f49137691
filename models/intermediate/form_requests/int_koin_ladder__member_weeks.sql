-- One row a member, week and issuer with koin left of lots that fall due in that week, up to the
-- thirteenth week after the as-of date's: with tier and area manager as of the run. Koin that fell
-- due before the as-of date are overdue.

with open_lots as (
    select * from {{ ref('int_koin__open_issuer_lots') }}
),

member_balances as (
    select * from {{ ref('int_koin__member_balances') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

ladder as (
    select
        as_of_date,
        max(week_end) as ends_on
    from {{ ref('int_koin_ladder__weeks') }}
    group by as_of_date
),

last_week as (
    select max(week_start) as week_start from {{ ref('dim_weeks') }}
),

due_lots as (
    select
        open_lots.cust_id,
        open_lots.issue_bu_code,
        open_lots.koin_left,
        dates.week_start,
        {% for days in koin_due_horizons() | select('gt', 0) -%}
            open_lots.expires_on
            <= {{ date_add_days('ladder.as_of_date', days) }} as is_within_{{ days }}d,
        {% endfor -%}
        open_lots.expires_on < ladder.as_of_date as is_overdue
    from open_lots
    inner join dates
        on open_lots.expires_on = dates.date_day
    inner join ladder
        on open_lots.expires_on <= ladder.ends_on
),

members as (
    select
        member_balances.cust_id,
        member_balances.tier_code,
        member_balances.area_manager
    from member_balances
    inner join last_week
        on
            member_balances.valid_from_week <= last_week.week_start
            and member_balances.valid_to_week > last_week.week_start
)

select
    due_lots.cust_id,
    due_lots.week_start,
    due_lots.issue_bu_code,
    members.tier_code,
    members.area_manager,
    cast(sum(case when due_lots.is_overdue then due_lots.koin_left else 0 end) as bigint)
        as overdue_koin,
    {% for days in koin_due_horizons() | select('gt', 0) -%}
        cast(
            sum(
                case
                    when due_lots.is_within_{{ days }}d and not due_lots.is_overdue
                        then due_lots.koin_left
                    else 0
                end
            ) as bigint
        ) as koin_expiring_{{ days }}d,
    {% endfor -%}
    cast(sum(case when due_lots.is_overdue then 0 else due_lots.koin_left end) as bigint)
        as koin_expiring
from due_lots
inner join members
    on due_lots.cust_id = members.cust_id
group by
    due_lots.cust_id,
    due_lots.week_start,
    due_lots.issue_bu_code,
    members.tier_code,
    members.area_manager
