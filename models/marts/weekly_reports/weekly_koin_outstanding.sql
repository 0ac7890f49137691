-- One row a week, business unit, tier and area manager, each also ALL: koin outstanding (Koin
-- Beredar) at the end of Sunday, of the as-of date in the running week. A combination that ever has
-- members has a row for every week. Within one week all measures but the averages and shares are
-- additive.
{% set measures = ['member_count', 'koin_outstanding'] %}
{% set totals = [
    ('member_change', 'member_count'),
    ('koin_change', 'koin_outstanding'),
    ('overdue_change', 'overdue_koin'),
    ('due_30d_change', 'koin_due_30d'),
    ('due_60d_change', 'koin_due_60d'),
    ('due_90d_change', 'koin_due_90d'),
    ('negative_member_change', 'negative_member_count'),
    ('negative_koin_change', 'negative_koin'),
] %}

with weeks as (
    select * from {{ ref('dim_weeks') }}
),

group_changes as (
    select * from {{ ref('int_koin__group_changes') }}
),

changes as (
    select
        week_start,
        {% for change, total in totals -%}
            sum({{ change }}) as {{ change }},
        {% endfor -%}
        coalesce(bu_code, 'ALL') as bu_code,
        coalesce(tier_code, 'ALL') as tier_code,
        coalesce(area_manager, 'ALL') as area_manager
    from group_changes
    group by week_start, cube (bu_code, tier_code, area_manager)
),

combinations as (
    select
        bu_code,
        tier_code,
        area_manager
    from changes
    group by bu_code, tier_code, area_manager
),

spine as (
    select
        weeks.week_start,
        weeks.is_complete_week,
        combinations.bu_code,
        combinations.tier_code,
        combinations.area_manager
    from weeks
    cross join combinations
),

weekly_changes as (
    select
        spine.week_start,
        spine.bu_code,
        spine.tier_code,
        spine.area_manager,
        {% for change, total in totals -%}
            coalesce(changes.{{ change }}, 0) as {{ change }},
        {% endfor -%}
        spine.is_complete_week
    from spine
    left join changes
        on
            spine.week_start = changes.week_start
            and spine.bu_code = changes.bu_code
            and spine.tier_code = changes.tier_code
            and spine.area_manager = changes.area_manager
),

sums as (
    select
        week_start,
        bu_code,
        tier_code,
        area_manager,
        {% for change, total in totals -%}
            cast(
                sum({{ change }}) over (
                    partition by bu_code, tier_code, area_manager
                    order by week_start
                    rows between unbounded preceding and current row
                ) as bigint
            ) as {{ total }},
        {% endfor -%}
        is_complete_week
    from weekly_changes
),

programme as (
    select
        week_start,
        koin_outstanding
    from sums
    where
        bu_code = 'ALL'
        and tier_code = 'ALL'
        and area_manager = 'ALL'
),

with_programme as (
    select
        sums.week_start,
        sums.bu_code,
        sums.tier_code,
        sums.area_manager,
        {% for change, total in totals -%}
            sums.{{ total }},
        {% endfor -%}
        sums.is_complete_week,
        programme.koin_outstanding as programme_koin_outstanding
    from sums
    inner join programme
        on sums.week_start = programme.week_start
),

with_previous as (
    select
        *,
        {{ previous_week_columns(measures, ['bu_code', 'tier_code', 'area_manager']) }}
    from with_programme
)

select
    week_start,
    bu_code,
    tier_code,
    area_manager,
    is_complete_week,
    member_count,
    {{ week_over_week_columns('member_count') }},
    koin_outstanding,
    {{ week_over_week_columns('koin_outstanding') }},
    {{ safe_divide('koin_outstanding', 'member_count') }} as avg_koin_per_member,
    {{ safe_divide('koin_outstanding', 'programme_koin_outstanding') }} as share_of_koin,
    overdue_koin,
    koin_outstanding - overdue_koin as active_koin,
    koin_due_30d - overdue_koin as koin_expiring_30d,
    koin_due_60d - overdue_koin as koin_expiring_60d,
    koin_due_90d - overdue_koin as koin_expiring_90d,
    negative_member_count,
    negative_koin
from with_previous
