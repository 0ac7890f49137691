-- A listed SKU without its row in a week of the data that overlaps its period.

with listed_skus as (
    select
        'members_choice' as promotion,
        bu_code,
        period_code,
        sku,
        starts_on,
        ends_on
    from {{ ref('members_choice_skus') }}
    union all
    select
        'harga_spesial_koin' as promotion,
        bu_code,
        period_code,
        sku,
        starts_on,
        ends_on
    from {{ ref('harga_spesial_koin_skus') }}
),

periods as (
    select
        promotion,
        bu_code,
        period_code,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from listed_skus
    group by promotion, bu_code, period_code
),

weeks as (
    select * from {{ ref('dim_weeks') }}
),

reported as (
    select
        'members_choice' as promotion,
        week_start,
        bu_code,
        period_code,
        sku
    from {{ ref('weekly_members_choice') }}
    union all
    select
        'harga_spesial_koin' as promotion,
        week_start,
        bu_code,
        period_code,
        sku
    from {{ ref('weekly_harga_spesial_koin_skus') }}
)

select
    listed_skus.promotion,
    weeks.week_start,
    listed_skus.bu_code,
    listed_skus.period_code,
    listed_skus.sku
from listed_skus
inner join periods
    on
        listed_skus.promotion = periods.promotion
        and listed_skus.bu_code = periods.bu_code
        and listed_skus.period_code = periods.period_code
inner join weeks
    on
        periods.starts_on <= weeks.week_end
        and periods.ends_on >= weeks.week_start
left join reported
    on
        listed_skus.promotion = reported.promotion
        and listed_skus.bu_code = reported.bu_code
        and listed_skus.period_code = reported.period_code
        and listed_skus.sku = reported.sku
        and weeks.week_start = reported.week_start
where reported.sku is null
