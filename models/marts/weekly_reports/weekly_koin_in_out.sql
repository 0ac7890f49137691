-- One row a week and business unit: koin that crossed between business units. Amounts are additive,
-- ratios and changes are not.
{% set measures = [
    'a_issued_here_redeemed_elsewhere',
    'b_issued_elsewhere_redeemed_here',
    'c_issued_and_redeemed_here',
    'd_issued_here',
    'net_in_out',
] %}
{% set amounts = measures + [
    'issue_reversed_here',
    'adjustment_redeemed_here',
    'unattributed_redeemed_here',
    'issued_here_redeemed_at_excluded_bu',
] %}

with daily as (
    select * from {{ ref('daily_koin_in_out') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

weekly as (
    select
        dates.week_start,
        daily.bu_code,
        {% for amount in amounts -%}
            cast(sum(daily.{{ amount }}) as bigint) as {{ amount }},
        {% endfor -%}
        weeks.is_complete_week
    from daily
    inner join dates
        on daily.redemption_date = dates.date_day
    inner join weeks
        on dates.week_start = weeks.week_start
    group by dates.week_start, daily.bu_code, weeks.is_complete_week
),

with_ratios as (
    select
        *,
        {{ koin_in_out_ratios() }}
    from weekly
),

with_previous as (
    select
        *,
        {{ previous_week_columns(measures, ['bu_code']) }}
    from with_ratios
)

select
    week_start,
    bu_code,
    is_complete_week,
    a_issued_here_redeemed_elsewhere,
    {{ week_over_week_columns('a_issued_here_redeemed_elsewhere') }},
    b_issued_elsewhere_redeemed_here,
    {{ week_over_week_columns('b_issued_elsewhere_redeemed_here') }},
    c_issued_and_redeemed_here,
    {{ week_over_week_columns('c_issued_and_redeemed_here') }},
    d_issued_here,
    {{ week_over_week_columns('d_issued_here') }},
    issue_reversed_here,
    net_in_out,
    {{ week_over_week_columns('net_in_out') }},
    in_out_ratio,
    net_ratio,
    adjustment_redeemed_here,
    unattributed_redeemed_here,
    issued_here_redeemed_at_excluded_bu
from with_previous
