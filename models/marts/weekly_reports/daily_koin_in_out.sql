-- One row a date and business unit: koin that crossed between business units. Amounts are additive.
-- Dates are those of the koin entries: d is issuance of the day, a and c are redemptions of the
-- day.

with business_unit_weeks as (
    select * from {{ ref('int_weekly_reports__business_unit_weeks') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

flows as (
    select * from {{ ref('int_koin__redemption_flows') }}
),

lots as (
    select * from {{ ref('int_koin__positions') }}
    where entry_type = 'issue'
),

issue_reversals as (
    select * from {{ ref('int_koin__attributed') }}
    where entry_type = 'reverse_issue'
),

spine as (
    select
        dates.date_day,
        business_unit_weeks.bu_code
    from business_unit_weeks
    inner join weeks
        on business_unit_weeks.week_start = weeks.week_start
    inner join dates
        on
            weeks.week_start = dates.week_start
            and weeks.last_known_date >= dates.date_day
),

-- Every flow is in the focus of its issuer and of its redeemer.
focused as (
    select
        entry_date,
        issue_bu_code as bu_code,
        issue_bu_code,
        redeem_bu_code,
        is_in_koin_in_out,
        koin
    from flows
    union all
    select
        entry_date,
        redeem_bu_code as bu_code,
        issue_bu_code,
        redeem_bu_code,
        is_in_koin_in_out,
        koin
    from flows
    where issue_bu_code <> redeem_bu_code
),

flagged as (
    select
        entry_date,
        bu_code,
        issue_bu_code,
        redeem_bu_code,
        is_in_koin_in_out,
        koin,
        {{ koin_flow_flag('issue_bu_code', 'redeem_bu_code', 'bu_code') }} as flow_flag
    from focused
),

redeemed as (
    select
        entry_date,
        bu_code,
        sum(case when is_in_koin_in_out and flow_flag like 'issue%' then koin else 0 end)
            as a_issued_here_redeemed_elsewhere,
        sum(case when is_in_koin_in_out and flow_flag like 'redeem%' then koin else 0 end)
            as b_issued_elsewhere_redeemed_here,
        sum(case when is_in_koin_in_out and flow_flag like 'both%' then koin else 0 end)
            as c_issued_and_redeemed_here,
        sum(
            case
                when
                    is_in_koin_in_out and bu_code = redeem_bu_code and issue_bu_code = 'ADJUSTMENT'
                    then koin
                else 0
            end
        ) as adjustment_redeemed_here,
        sum(
            case
                when
                    is_in_koin_in_out
                    and bu_code = redeem_bu_code
                    and issue_bu_code = 'UNATTRIBUTED'
                    then koin
                else 0
            end
        ) as unattributed_redeemed_here,
        sum(case when not is_in_koin_in_out and bu_code = issue_bu_code then koin else 0 end)
            as issued_here_redeemed_at_excluded_bu
    from flagged
    group by entry_date, bu_code
),

issued as (
    select
        entry_date,
        issue_bu_code,
        sum(lot_koin) as d_issued_here
    from lots
    group by entry_date, issue_bu_code
),

issue_reversed as (
    select
        entry_date,
        issue_bu_code,
        sum(koin) as issue_reversed_here
    from issue_reversals
    group by entry_date, issue_bu_code
),

sums as (
    select
        spine.date_day as redemption_date,
        spine.bu_code,
        cast(coalesce(redeemed.a_issued_here_redeemed_elsewhere, 0) as bigint)
            as a_issued_here_redeemed_elsewhere,
        cast(coalesce(redeemed.b_issued_elsewhere_redeemed_here, 0) as bigint)
            as b_issued_elsewhere_redeemed_here,
        cast(coalesce(redeemed.c_issued_and_redeemed_here, 0) as bigint)
            as c_issued_and_redeemed_here,
        cast(coalesce(issued.d_issued_here, 0) as bigint) as d_issued_here,
        cast(coalesce(issue_reversed.issue_reversed_here, 0) as bigint) as issue_reversed_here,
        cast(coalesce(redeemed.adjustment_redeemed_here, 0) as bigint) as adjustment_redeemed_here,
        cast(coalesce(redeemed.unattributed_redeemed_here, 0) as bigint)
            as unattributed_redeemed_here,
        cast(coalesce(redeemed.issued_here_redeemed_at_excluded_bu, 0) as bigint)
            as issued_here_redeemed_at_excluded_bu
    from spine
    left join redeemed
        on
            spine.date_day = redeemed.entry_date
            and spine.bu_code = redeemed.bu_code
    left join issued
        on
            spine.date_day = issued.entry_date
            and spine.bu_code = issued.issue_bu_code
    left join issue_reversed
        on
            spine.date_day = issue_reversed.entry_date
            and spine.bu_code = issue_reversed.issue_bu_code
)

select
    redemption_date,
    bu_code,
    a_issued_here_redeemed_elsewhere,
    b_issued_elsewhere_redeemed_here,
    c_issued_and_redeemed_here,
    d_issued_here,
    issue_reversed_here,
    b_issued_elsewhere_redeemed_here - a_issued_here_redeemed_elsewhere as net_in_out,
    {{ koin_in_out_ratios() }},
    adjustment_redeemed_here,
    unattributed_redeemed_here,
    issued_here_redeemed_at_excluded_bu
from sums
