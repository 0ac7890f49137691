-- One row a week, business unit, report, dimension, dimension value and KPI: the figures of the
-- weekly marts in one long table. Figures of different KPIs are never added up.
{% set reports = [
    {
        'report': 'pay_with_koin',
        'dimension': 'tier',
        'dimension_value': 'tier_code',
        'mart': 'pay_with_koin',
        'kpis': [
            ('member_count', 'member_count', none),
            ('transaction_count', 'transaction_count', none),
            ('net_sales', 'net_sales', none),
            ('koin_redeemed', 'koin_redeemed', none),
            ('koin_multiplier', 'net_sales', 'koin_redeemed'),
            ('avg_koin_per_transaction', 'koin_redeemed', 'transaction_count'),
            ('share_of_bu_sales', 'net_sales', 'bu_net_sales'),
        ],
    },
    {
        'report': 'members_choice',
        'dimension': 'period',
        'dimension_value': 'period_code',
        'mart': 'members_choice',
        'kpis': [
            ('net_sales', 'net_sales', none),
            ('transaction_count', 'transaction_count', none),
            ('qty', 'qty', none),
            ('member_count', 'member_count', none),
        ],
    },
    {
        'report': 'koin_in_out',
        'dimension': 'all',
        'dimension_value': "'ALL'",
        'mart': 'koin_in_out',
        'kpis': [
            ('a', 'a_issued_here_redeemed_elsewhere', none),
            ('b', 'b_issued_elsewhere_redeemed_here', none),
            ('c', 'c_issued_and_redeemed_here', none),
            ('d', 'd_issued_here', none),
            ('net_in_out', 'net_in_out', none),
        ],
    },
    {
        'report': 'koin_outstanding',
        'dimension': 'tier',
        'dimension_value': 'tier_code',
        'mart': 'koin_outstanding_by_tier',
        'kpis': [
            ('member_count', 'member_count', none),
            ('koin_outstanding', 'koin_outstanding', none),
            ('active_koin', 'active_koin', none),
        ],
    },
    {
        'report': 'koin_outstanding',
        'dimension': 'area_manager',
        'dimension_value': 'area_manager',
        'mart': 'koin_outstanding_by_area_manager',
        'kpis': [
            ('member_count', 'member_count', none),
            ('koin_outstanding', 'koin_outstanding', none),
            ('active_koin', 'active_koin', none),
        ],
    },
    {
        'report': 'harga_spesial_koin',
        'dimension': 'period',
        'dimension_value': 'period_code',
        'mart': 'harga_spesial_koin',
        'kpis': [
            ('koin_used', 'koin_used', none),
            ('member_count', 'member_count', none),
            ('sku_sold', 'sku_sold', none),
            ('qty', 'qty', none),
        ],
    },
] %}

with pay_with_koin as (
    select * from {{ ref('weekly_pay_with_koin') }}
),

members_choice as (
    select * from {{ ref('weekly_members_choice_summary') }}
),

koin_in_out as (
    select * from {{ ref('weekly_koin_in_out') }}
),

koin_outstanding_by_tier as (
    select * from {{ ref('weekly_koin_outstanding') }}
    where area_manager = 'ALL'
),

koin_outstanding_by_area_manager as (
    select * from {{ ref('weekly_koin_outstanding') }}
    where tier_code = 'ALL'
),

harga_spesial_koin as (
    select * from {{ ref('weekly_harga_spesial_koin') }}
),

figures as (
    {% for report in reports %}
        {% set outer_loop = loop %}
        {% for kpi, numerator, denominator in report.kpis %}
            select
                week_start,
                bu_code,
                '{{ report.report }}' as report,
                '{{ report.dimension }}' as dimension,
                {{ report.dimension_value }} as dimension_value,
                '{{ kpi }}' as kpi,
                is_complete_week,
                cast({{ numerator }} as numeric(28, 6)) as numerator,
                cast({{ denominator if denominator else 'null' }} as numeric(28, 6)) as denominator,
                {{ 'true' if denominator else 'false' }} as is_ratio
            from {{ report.mart }}
            {{ 'union all' if not (loop.last and outer_loop.last) }}
        {% endfor %}
    {% endfor %}
)

select
    week_start,
    bu_code,
    report,
    dimension,
    dimension_value,
    kpi,
    is_complete_week,
    numerator,
    denominator,
    is_ratio
from figures
