-- A figure of weekly_kpis that is not that of its mart, or that one of them has alone. Where the
-- mart has the change against the week before, that is compared too.
{% set reports = [
    ('pay_with_koin', 'tier', 'tier_code', 'weekly_pay_with_koin', 'true', [
        ('member_count', 'member_count', true),
        ('transaction_count', 'transaction_count', true),
        ('net_sales', 'net_sales', true),
        ('koin_redeemed', 'koin_redeemed', true),
        ('koin_multiplier', 'koin_multiplier', true),
        ('avg_koin_per_transaction', 'avg_koin_per_transaction', true),
        ('share_of_bu_sales', 'share_of_bu_sales', false),
    ]),
    ('members_choice', 'period', 'period_code', 'weekly_members_choice_summary', 'true', [
        ('net_sales', 'net_sales', true),
        ('transaction_count', 'transaction_count', true),
        ('qty', 'qty', true),
        ('member_count', 'member_count', true),
    ]),
    ('koin_in_out', 'all', "'ALL'", 'weekly_koin_in_out', 'true', [
        ('a', 'a_issued_here_redeemed_elsewhere', true),
        ('b', 'b_issued_elsewhere_redeemed_here', true),
        ('c', 'c_issued_and_redeemed_here', true),
        ('d', 'd_issued_here', true),
        ('net_in_out', 'net_in_out', true),
    ]),
    ('koin_outstanding', 'tier', 'tier_code', 'weekly_koin_outstanding', "area_manager = 'ALL'", [
        ('member_count', 'member_count', true),
        ('koin_outstanding', 'koin_outstanding', true),
        ('active_koin', 'active_koin', false),
    ]),
    ('koin_outstanding', 'area_manager', 'area_manager', 'weekly_koin_outstanding', "tier_code = 'ALL'", [
        ('member_count', 'member_count', true),
        ('koin_outstanding', 'koin_outstanding', true),
        ('active_koin', 'active_koin', false),
    ]),
    ('harga_spesial_koin', 'period', 'period_code', 'weekly_harga_spesial_koin', 'true', [
        ('koin_used', 'koin_used', true),
        ('member_count', 'member_count', true),
        ('sku_sold', 'sku_sold', false),
        ('qty', 'qty', true),
    ]),
] %}

with kpis as (
    select * from {{ ref('weekly_kpis') }}
),

marts as (
    {% for report, dimension, dimension_value, mart, condition, figures in reports %}
        {% set outer_loop = loop %}
        {% for kpi, column, has_change in figures %}
            select
                week_start,
                bu_code,
                '{{ report }}' as report,
                '{{ dimension }}' as dimension,
                {{ dimension_value }} as dimension_value,
                '{{ kpi }}' as kpi,
                cast({{ column }} as numeric(28, 6)) as mart_value,
                {% if has_change -%}
                    cast({{ column }}_previous as numeric(28, 6)) as value_previous,
                    {{ column }}_wow as wow,
                    {{ column }}_wow_status as wow_status
                {%- else -%}
                    cast(null as numeric(28, 6)) as value_previous,
                    cast(null as numeric(28, 6)) as wow,
                    cast(null as varchar) as wow_status
                {%- endif %}
            from {{ ref(mart) }}
            where {{ condition }}
            {{ 'union all' if not (loop.last and outer_loop.last) }}
        {% endfor %}
    {% endfor %}
)

select
    kpis.value,
    marts.mart_value,
    coalesce(kpis.week_start, marts.week_start) as week_start,
    coalesce(kpis.bu_code, marts.bu_code) as bu_code,
    coalesce(kpis.report, marts.report) as report,
    coalesce(kpis.dimension_value, marts.dimension_value) as dimension_value,
    coalesce(kpis.kpi, marts.kpi) as kpi
from kpis
full outer join marts
    on
        kpis.week_start = marts.week_start
        and kpis.bu_code = marts.bu_code
        and kpis.report = marts.report
        and kpis.dimension = marts.dimension
        and kpis.dimension_value = marts.dimension_value
        and kpis.kpi = marts.kpi
where
    kpis.kpi is null
    or marts.kpi is null
    or kpis.value is distinct from marts.mart_value
    or (
        marts.wow_status is not null
        and (
            kpis.value_previous is distinct from marts.value_previous
            or kpis.wow is distinct from marts.wow
            or kpis.wow_status <> marts.wow_status
        )
    )
