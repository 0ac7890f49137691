-- A week and issuer that does not open with what the week before closed with.

with report as (
    select * from {{ ref('weekly_koin_roll_forward') }}
),

with_previous as (
    select
        week_start,
        issue_bu_code,
        opening,
        lag(closing) over (partition by issue_bu_code order by week_start) as previous_closing
    from report
)

select
    week_start,
    issue_bu_code,
    opening,
    previous_closing
from with_previous
where opening <> previous_closing
