{% set measures = [
    'member_count',
    'koin_outstanding',
    'overdue_koin',
    'active_koin',
    'koin_expiring_30d',
    'koin_expiring_60d',
    'koin_expiring_90d',
    'negative_member_count',
    'negative_koin',
] -%}
-- A week in which the tiers, the area managers or the business units do not add up to the
-- programme. Every member is in one of each.

with report as (
    select * from {{ ref('weekly_koin_outstanding') }}
),

programme as (
    select * from report
    where
        bu_code = 'ALL'
        and tier_code = 'ALL'
        and area_manager = 'ALL'
),

{% for part, others in [
    ('tier_code', ['bu_code', 'area_manager']),
    ('area_manager', ['bu_code', 'tier_code']),
    ('bu_code', ['tier_code', 'area_manager']),
] -%}
    {{ part }}_sums as (
        select
            week_start,
            {% for measure in measures -%}
                sum({{ measure }}) as {{ measure }},
            {% endfor -%}
            '{{ part }}' as parts
        from report
        where
            {{ part }} <> 'ALL'
            and {{ others[0] }} = 'ALL'
            and {{ others[1] }} = 'ALL'
        group by week_start
    ),

{% endfor -%}
sums as (
    select * from tier_code_sums
    union all
    select * from area_manager_sums
    union all
    select * from bu_code_sums
)

select
    programme.week_start,
    sums.parts
from programme
left join sums
    on programme.week_start = sums.week_start
where
    sums.week_start is null
    {% for measure in measures -%}
        or programme.{{ measure }} <> sums.{{ measure }}
    {% endfor %}
