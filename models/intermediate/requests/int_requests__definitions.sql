-- One row a request of any status, typed, with its cap and the dates that its criteria see.
-- Nothing is built on mistaken requests. depends_on: {{ ref('int_requests__violations') }}

with requests as (
    select * from {{ ref('int_requests__typed') }}
),

channels as (
    select * from {{ ref('channels') }}
),

out_of_reach as (
    select * from {{ ref('int_requests__out_of_reach') }}
),

periods as (
    select
        *,
        case transacted_period
            when 'L12M'
                then greatest({{ l12m_starts_on('data_as_of') }}, {{ cohesive_go_live_date() }})
            when 'L1Y'
                then greatest({{ l1y_starts_on('data_as_of') }}, {{ cohesive_go_live_date() }})
            when 'since_cohesive' then {{ cohesive_go_live_date() }}
            else range_starts_on
        end as period_starts_on,
        case
            when transacted_period = 'L12M' then {{ last_month_end('data_as_of') }}
            when range_ends_on < data_as_of then range_ends_on
            else data_as_of
        end as period_ends_on
    from requests
)

select
    {%- for column in request_columns() %}
        {% if column.name == 'method' -%}
            coalesce(periods.method, 'rule') as {{ column.name }},
        {%- else -%}
            periods.{{ column.name }},
        {%- endif %}
    {%- endfor %}
    periods.period_starts_on,
    periods.period_ends_on,
    {{ share_of_percent('periods.holdout_pct') }} as holdout_share,
    {{ share_of_percent('periods.propensity_top_pct') }} as propensity_top_share,
    out_of_reach.reason as unbuildable_reason,
    coalesce(
        periods.transacted_bu,
        periods.transacted_period,
        periods.transacted_site,
        periods.transacted_site_type,
        periods.transacted_channel,
        periods.transacted_fulfilment,
        periods.bought_category,
        periods.bought_brand,
        periods.bought_sku,
        periods.payment_partner,
        cast(periods.min_transactions as varchar),
        cast(periods.min_spend as varchar),
        cast(periods.lapsed_days as varchar)
    ) is not null as has_transaction_criteria,
    periods.unredeemed_voucher_program is not null as has_voucher_criteria,
    coalesce(periods.child_age_min, periods.child_age_max) is not null as has_children_criteria,
    periods.propensity_category is not null as has_propensity_criteria,
    periods.koin_expiring_days is not null as has_koin_expiring_criteria,
    least(periods.max_members, cast(channels.max_recipients as bigint)) as cap
from periods
left join channels
    on periods.channel = channels.channel
left join out_of_reach
    on periods.request_id = out_of_reach.request_id
