-- One row a member and period of weeks with one balance, tier and preferred site: as of the end of
-- each week from valid_from_week up to, not including, valid_to_week. Periods of balance 0 are left
-- out.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__balances'}
) }}

with member_weeks as (
    select * from {{ ref('int_koin__member_weeks') }}
    where {{ is_listed('cust_id', 'int_touched__balances') }}
),

due_changes as (
    select * from {{ ref('int_koin__due_changes') }}
    where {{ is_listed('cust_id', 'int_touched__balances') }}
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

member_tiers as (
    select * from {{ ref('dim_member_tiers') }}
    where {{ is_listed('cust_id', 'int_touched__balances') }}
),

preferred_sites as (
    select * from {{ ref('int_members__preferred_sites') }}
    where
        scope_code = 'ALL'
        and {{ is_listed('cust_id', 'int_touched__balances') }}
),

first_week as (
    select min(week_start) as week_start from weeks
),

first_entries as (
    select
        cust_id,
        min(week_start) as week_start
    from member_weeks
    group by cust_id
),

group_dates as (
    select
        cust_id,
        valid_from as changed_on
    from member_tiers
    union all
    select
        cust_id,
        valid_from as changed_on
    from preferred_sites
    union all
    select
        cust_id,
        valid_to as changed_on
    from preferred_sites
),

-- Grouped before first_entries is joined: a planner that joined those to the calendar first would
-- pair every member with every day.
group_weeks as (
    select
        group_dates.cust_id,
        dates.week_start
    from group_dates
    inner join dates
        on group_dates.changed_on = dates.date_day
    group by group_dates.cust_id, dates.week_start
),

changes as (
    select
        cust_id,
        week_start,
        koin_movement,
        cast(0 as bigint) as overdue_change,
        cast(0 as bigint) as due_30d_change,
        cast(0 as bigint) as due_60d_change,
        cast(0 as bigint) as due_90d_change
    from member_weeks
    union all
    select
        cust_id,
        week_start,
        cast(0 as bigint) as koin_movement,
        overdue_change,
        due_30d_change,
        due_60d_change,
        due_90d_change
    from due_changes
    union all
    select
        group_weeks.cust_id,
        group_weeks.week_start,
        cast(0 as bigint) as koin_movement,
        cast(0 as bigint) as overdue_change,
        cast(0 as bigint) as due_30d_change,
        cast(0 as bigint) as due_60d_change,
        cast(0 as bigint) as due_90d_change
    from group_weeks
    inner join first_entries
        on
            group_weeks.cust_id = first_entries.cust_id
            and group_weeks.week_start > first_entries.week_start
),

week_changes as (
    select
        changes.cust_id,
        changes.koin_movement,
        changes.overdue_change,
        changes.due_30d_change,
        changes.due_60d_change,
        changes.due_90d_change,
        greatest(changes.week_start, first_week.week_start) as week_start
    from changes
    cross join first_week
),

-- Of the changes of a week, in whatever order all these windows see them, the last has the totals
-- of all of them: a sort does without a sum for each week.
totals as (
    select
        cust_id,
        week_start,
        {% for change, total in [
            ('koin_movement', 'koin_balance'),
            ('overdue_change', 'overdue_koin'),
            ('due_30d_change', 'koin_due_30d'),
            ('due_60d_change', 'koin_due_60d'),
            ('due_90d_change', 'koin_due_90d'),
        ] -%}
            cast(
                sum({{ change }}) over (
                    partition by cust_id
                    order by week_start
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ total }},
        {% endfor -%}
        lead(week_start) over (partition by cust_id order by week_start) as next_week_start
    from week_changes
),

balances as (
    select * from totals
    where
        next_week_start is null
        or next_week_start > week_start
)

select
    balances.cust_id,
    balances.week_start as valid_from_week,
    balances.koin_balance,
    balances.overdue_koin,
    balances.koin_due_30d,
    balances.koin_due_60d,
    balances.koin_due_90d,
    coalesce(balances.next_week_start, cast('9999-12-31' as date)) as valid_to_week,
    coalesce(member_tiers.tier_code, 'UNKNOWN') as tier_code,
    coalesce(preferred_sites.bu_code, 'UNASSIGNED') as bu_code,
    coalesce(preferred_sites.area_manager, 'UNASSIGNED') as area_manager
from balances
inner join weeks
    on balances.week_start = weeks.week_start
left join member_tiers
    on
        balances.cust_id = member_tiers.cust_id
        and weeks.last_known_date >= member_tiers.valid_from
        and weeks.last_known_date < member_tiers.valid_to
left join preferred_sites
    on
        balances.cust_id = preferred_sites.cust_id
        and weeks.week_end >= preferred_sites.valid_from
        and weeks.week_end < preferred_sites.valid_to
where balances.koin_balance <> 0
