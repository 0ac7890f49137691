-- One row a week, tier, area manager and issuing business unit, the last three also ALL: koin held
-- as of the run that expire in that week, this week's rest and each of the next thirteen; earlier
-- weeks are there where koin are overdue. Members are not additive, koin are.
{% set amounts = [
    'overdue_koin',
    'koin_expiring',
    'koin_expiring_30d',
    'koin_expiring_60d',
    'koin_expiring_90d',
] %}

with member_weeks as (
    select * from {{ ref('int_koin_ladder__member_weeks') }}
),

next_weeks as (
    select * from {{ ref('int_koin_ladder__weeks') }}
),

this_week as (
    select
        as_of_date,
        week_start
    from next_weeks
    where week_start = as_of_week_start
),

-- One row a member in each, so that members can be counted.
issuer_rows as (
    select
        cust_id,
        week_start,
        tier_code,
        area_manager,
        {% for amount in amounts -%}
            {{ amount }},
        {% endfor -%}
        issue_bu_code
    from member_weeks
    union all
    select
        cust_id,
        week_start,
        tier_code,
        area_manager,
        {% for amount in amounts -%}
            sum({{ amount }}) as {{ amount }},
        {% endfor -%}
        'ALL' as issue_bu_code
    from member_weeks
    group by cust_id, week_start, tier_code, area_manager
),

sums as (
    select
        week_start,
        issue_bu_code,
        count(*) as member_count,
        {% for amount in amounts -%}
            sum({{ amount }}) as {{ amount }},
        {% endfor -%}
        coalesce(tier_code, 'ALL') as tier_code,
        coalesce(area_manager, 'ALL') as area_manager
    from issuer_rows
    group by week_start, issue_bu_code, cube (tier_code, area_manager)
),

combinations as (
    select
        tier_code,
        area_manager,
        issue_bu_code
    from sums
    group by tier_code, area_manager, issue_bu_code
),

spine as (
    select
        next_weeks.week_start,
        combinations.tier_code,
        combinations.area_manager,
        combinations.issue_bu_code
    from next_weeks
    cross join combinations
    union
    select
        week_start,
        tier_code,
        area_manager,
        issue_bu_code
    from sums
)

select
    spine.week_start,
    spine.tier_code,
    spine.area_manager,
    spine.issue_bu_code,
    this_week.as_of_date,
    cast({{ date_diff_days('this_week.week_start', 'spine.week_start') }} / 7 as integer)
        as weeks_ahead,
    {% for amount in amounts -%}
        cast(coalesce(sums.{{ amount }}, 0) as bigint) as {{ amount }},
    {% endfor -%}
    cast(coalesce(sums.member_count, 0) as bigint) as member_count
from spine
cross join this_week
left join sums
    on
        spine.week_start = sums.week_start
        and spine.tier_code = sums.tier_code
        and spine.area_manager = sums.area_manager
        and spine.issue_bu_code = sums.issue_bu_code
