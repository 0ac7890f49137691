-- One row a week, business unit and tier, and tier ALL. Member counts and ratios are not additive:
-- ALL is computed from the receipts, never summed from the tiers.
{% set measures = [
    'member_count',
    'transaction_count',
    'net_sales',
    'koin_redeemed',
    'koin_multiplier',
    'avg_koin_per_transaction',
] %}

with business_unit_weeks as (
    select * from {{ ref('int_weekly_reports__business_unit_weeks') }}
),

tiers as (
    select * from {{ ref('dim_tiers') }}
),

pay_with_koin_receipts as (
    select * from {{ ref('int_pay_with_koin__receipts') }}
),

reversals as (
    select * from {{ ref('int_pay_with_koin__reversals') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
),

spine as (
    select
        business_unit_weeks.week_start,
        business_unit_weeks.bu_code,
        tiers.tier_code,
        business_unit_weeks.is_complete_week
    from business_unit_weeks
    cross join tiers
    union all
    select
        week_start,
        bu_code,
        'ALL' as tier_code,
        is_complete_week
    from business_unit_weeks
),

first_weeks as (
    select
        cust_id,
        min(week_start) as first_week_start
    from pay_with_koin_receipts
    where
        not is_return
        and cust_id is not null
    group by cust_id
),

paid as (
    select
        pay_with_koin_receipts.week_start,
        pay_with_koin_receipts.bu_code,
        coalesce(pay_with_koin_receipts.tier_code, 'ALL') as tier_code,
        count(
            distinct case
                when not pay_with_koin_receipts.is_return then pay_with_koin_receipts.cust_id
            end
        ) as member_count,
        count(
            distinct case
                when
                    not pay_with_koin_receipts.is_return
                    and first_weeks.first_week_start < pay_with_koin_receipts.week_start
                    then pay_with_koin_receipts.cust_id
            end
        ) as repeat_member_count,
        sum(case when not pay_with_koin_receipts.is_return then 1 else 0 end) as transaction_count,
        sum(pay_with_koin_receipts.sales) as net_sales,
        sum(pay_with_koin_receipts.koin_redeemed) as koin_redeemed
    from pay_with_koin_receipts
    left join first_weeks
        on pay_with_koin_receipts.cust_id = first_weeks.cust_id
    group by grouping sets (
        (
            pay_with_koin_receipts.week_start,
            pay_with_koin_receipts.bu_code,
            pay_with_koin_receipts.tier_code
        ),
        (pay_with_koin_receipts.week_start, pay_with_koin_receipts.bu_code)
    )
),

given_back as (
    select
        week_start,
        bu_code,
        coalesce(tier_code, 'ALL') as tier_code,
        sum(koin_reversed) as koin_reversed
    from reversals
    group by grouping sets ((week_start, bu_code, tier_code), (week_start, bu_code))
),

-- Tier rows hold members only; ALL holds all sales of the business unit.
business_unit_sales as (
    select
        week_start,
        bu_code,
        tier_code,
        sum(case when is_transaction then 1 else 0 end) as bu_member_transaction_count,
        sum(sales) as bu_net_sales
    from receipts
    where cust_id is not null
    group by week_start, bu_code, tier_code
    union all
    select
        week_start,
        bu_code,
        'ALL' as tier_code,
        sum(case when is_transaction and cust_id is not null then 1 else 0 end)
            as bu_member_transaction_count,
        sum(sales) as bu_net_sales
    from receipts
    group by week_start, bu_code
),

sums as (
    select
        spine.week_start,
        spine.bu_code,
        spine.tier_code,
        spine.is_complete_week,
        cast(coalesce(paid.member_count, 0) as bigint) as member_count,
        cast(coalesce(paid.transaction_count, 0) as bigint) as transaction_count,
        cast(coalesce(paid.net_sales, 0) as numeric(18, 2)) as net_sales,
        cast(coalesce(paid.koin_redeemed, 0) - coalesce(given_back.koin_reversed, 0) as bigint)
            as koin_redeemed,
        cast(coalesce(paid.repeat_member_count, 0) as bigint) as repeat_member_count,
        cast(coalesce(business_unit_sales.bu_member_transaction_count, 0) as bigint)
            as bu_member_transaction_count,
        cast(coalesce(business_unit_sales.bu_net_sales, 0) as numeric(18, 2)) as bu_net_sales
    from spine
    left join paid
        on
            spine.week_start = paid.week_start
            and spine.bu_code = paid.bu_code
            and spine.tier_code = paid.tier_code
    left join given_back
        on
            spine.week_start = given_back.week_start
            and spine.bu_code = given_back.bu_code
            and spine.tier_code = given_back.tier_code
    left join business_unit_sales
        on
            spine.week_start = business_unit_sales.week_start
            and spine.bu_code = business_unit_sales.bu_code
            and spine.tier_code = business_unit_sales.tier_code
),

measures as (
    select
        week_start,
        bu_code,
        tier_code,
        is_complete_week,
        member_count,
        transaction_count,
        net_sales,
        koin_redeemed,
        {{ safe_divide('net_sales', 'koin_redeemed') }} as koin_multiplier,
        {{ safe_divide('koin_redeemed', 'transaction_count') }} as avg_koin_per_transaction,
        {{ safe_divide('koin_redeemed', 'net_sales') }} as koin_share_of_sales,
        repeat_member_count,
        bu_member_transaction_count,
        bu_net_sales,
        {{ safe_divide('transaction_count', 'bu_member_transaction_count') }}
            as share_of_bu_member_transactions,
        {{ safe_divide('net_sales', 'bu_net_sales') }} as share_of_bu_sales
    from sums
),

with_previous as (
    select
        week_start,
        bu_code,
        tier_code,
        is_complete_week,
        member_count,
        transaction_count,
        net_sales,
        koin_redeemed,
        koin_multiplier,
        avg_koin_per_transaction,
        koin_share_of_sales,
        repeat_member_count,
        bu_member_transaction_count,
        bu_net_sales,
        share_of_bu_member_transactions,
        share_of_bu_sales,
        {{ previous_week_columns(measures, ['bu_code', 'tier_code']) }}
    from measures
)

select
    week_start,
    bu_code,
    tier_code,
    is_complete_week,
    member_count,
    {{ week_over_week_columns('member_count') }},
    transaction_count,
    {{ week_over_week_columns('transaction_count') }},
    net_sales,
    {{ week_over_week_columns('net_sales') }},
    koin_redeemed,
    {{ week_over_week_columns('koin_redeemed') }},
    koin_multiplier,
    {{ week_over_week_columns('koin_multiplier') }},
    avg_koin_per_transaction,
    {{ week_over_week_columns('avg_koin_per_transaction') }},
    koin_share_of_sales,
    repeat_member_count,
    bu_member_transaction_count,
    bu_net_sales,
    share_of_bu_member_transactions,
    share_of_bu_sales
from with_previous
