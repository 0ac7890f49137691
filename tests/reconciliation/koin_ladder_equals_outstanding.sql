{% set measures = [
    'overdue_koin',
    'koin_expiring_30d',
    'koin_expiring_60d',
    'koin_expiring_90d',
] -%}
-- A tier and area manager for whom the ladder's weeks do not add up to the koin that are overdue,
-- or expire soon, in the last week of koin outstanding; or whose issuers do not add up to ALL.

with ladder as (
    select
        tier_code,
        area_manager,
        {% for measure in measures -%}
            sum(case when issue_bu_code = 'ALL' then {{ measure }} else 0 end) as {{ measure }},
        {% endfor -%}
        sum(case when issue_bu_code = 'ALL' then koin_expiring else -koin_expiring end)
            as issuer_difference
    from {{ ref('koin_expiry_ladder') }}
    group by tier_code, area_manager
),

report as (
    select * from {{ ref('weekly_koin_outstanding') }}
),

weeks as (
    select max(week_start) as week_start from report
),

outstanding as (
    select
        report.tier_code,
        {% for measure in measures -%}
            report.{{ measure }},
        {% endfor -%}
        report.area_manager
    from report
    inner join weeks
        on report.week_start = weeks.week_start
    where report.bu_code = 'ALL'
)

select
    coalesce(outstanding.tier_code, ladder.tier_code) as tier_code,
    coalesce(outstanding.area_manager, ladder.area_manager) as area_manager
from outstanding
full outer join ladder
    on
        outstanding.tier_code = ladder.tier_code
        and outstanding.area_manager = ladder.area_manager
where
    coalesce(ladder.issuer_difference, 0) <> 0
    {% for measure in measures -%}
        or coalesce(outstanding.{{ measure }}, 0) <> coalesce(ladder.{{ measure }}, 0)
    {% endfor %}
