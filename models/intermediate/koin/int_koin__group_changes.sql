-- One row a week, business unit, tier and area manager of members in which their balances change:
-- what enters the group less what leaves it. The sum of all weeks up to one is what the group holds
-- at its end.

with member_balances as (
    select * from {{ ref('int_koin__member_balances') }}
),

entering_and_leaving as (
    select
        valid_from_week as week_start,
        bu_code,
        tier_code,
        area_manager,
        koin_balance,
        overdue_koin,
        koin_due_30d,
        koin_due_60d,
        koin_due_90d,
        1 as sign
    from member_balances
    union all
    select
        valid_to_week as week_start,
        bu_code,
        tier_code,
        area_manager,
        koin_balance,
        overdue_koin,
        koin_due_30d,
        koin_due_60d,
        koin_due_90d,
        -1 as sign
    from member_balances
)

select
    week_start,
    bu_code,
    tier_code,
    area_manager,
    cast(sum(case when koin_balance > 0 then sign else 0 end) as bigint) as member_change,
    cast(sum(case when koin_balance < 0 then sign else 0 end) as bigint)
        as negative_member_change,
    cast(sum(case when koin_balance > 0 then sign * koin_balance else 0 end) as bigint)
        as koin_change,
    cast(sum(case when koin_balance < 0 then sign * koin_balance else 0 end) as bigint)
        as negative_koin_change,
    cast(sum(sign * overdue_koin) as bigint) as overdue_change,
    cast(sum(sign * koin_due_30d) as bigint) as due_30d_change,
    cast(sum(sign * koin_due_60d) as bigint) as due_60d_change,
    cast(sum(sign * koin_due_90d) as bigint) as due_90d_change
from entering_and_leaving
group by week_start, bu_code, tier_code, area_manager
