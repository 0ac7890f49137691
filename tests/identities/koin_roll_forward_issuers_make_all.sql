{% set measures = [
    'opening', 'issued', 'issue_reversed', 'redeemed', 'redeem_reversed', 'expired', 'adjusted', 'closing'
] -%}
-- A week in which a measure of ALL is not the sum of the issuers.

with report as (
    select * from {{ ref('weekly_koin_roll_forward') }}
),

issuers as (
    select
        {% for measure in measures -%}
            sum({{ measure }}) as {{ measure }},
        {% endfor -%}
        week_start
    from report
    where issue_bu_code <> 'ALL'
    group by week_start
)

select report.week_start
from report
inner join issuers
    on report.week_start = issuers.week_start
where
    report.issue_bu_code = 'ALL'
    and (
        {% for measure in measures -%}
            report.{{ measure }} <> issuers.{{ measure }}{{ ' or' if not loop.last }}
        {% endfor %}
    )
