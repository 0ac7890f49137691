-- One row a campaign of the list and group of its buyers (all, participants, target, holdout): the
-- promo period against the control period. Members are not additive, groups overlap.
{% set groups = ['all', 'participants', 'target', 'holdout'] %}
{% set periods = ['promo', 'control'] %}
{% set ratios = {
    'atv': ['net_sales', 'transaction_count'],
    'upt': ['qty', 'transaction_count'],
    'net_sales_per_day': ['net_sales', 'days'],
    'transactions_per_day': ['transaction_count', 'days'],
} %}

with definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

receipts as (
    select * from {{ ref('int_campaigns__receipts') }}
    where period is not null
),

groups as (
    select * from {{ ref('int_campaigns__groups') }}
),

all_receipts as (
    select * from {{ ref('fct_receipts') }}
    where is_transaction and not is_pre_cohesive and cust_id is not null
),

-- New is who had never bought at the business unit, in scope or not, since Cohesive.
first_purchases as (
    select
        cust_id,
        bu_code,
        min(business_date) as first_purchase_date
    from all_receipts
    group by cust_id, bu_code
),

buyers as (
    select
        receipts.campaign_code,
        receipts.cust_id,
        max(case when receipts.period = 'promo' then 1 else 0 end) as bought_promo,
        max(case when receipts.period = 'control' then 1 else 0 end) as bought_control,
        max(
            case
                when
                    first_purchases.first_purchase_date >= definitions.promo_starts_on
                    then 1
                else 0
            end
        )
            as is_new
    from receipts
    inner join definitions
        on receipts.campaign_code = definitions.campaign_code
    inner join first_purchases
        on
            receipts.cust_id = first_purchases.cust_id
            and definitions.bu_code = first_purchases.bu_code
    where receipts.is_transaction
    group by receipts.campaign_code, receipts.cust_id
),

memberships as (
    select
        campaign_code,
        cust_id,
        member_group
    from groups
    union all
    select
        campaign_code,
        cust_id,
        'participants' as member_group
    from buyers
    where bought_promo = 1
),

group_sizes as (
    select
        campaign_code,
        member_group,
        count(*) as group_member_count
    from memberships
    group by campaign_code, member_group
),

group_receipts as (
    select
        receipts.campaign_code,
        'all' as member_group,
        receipts.period,
        receipts.is_transaction,
        receipts.net_sales,
        receipts.qty
    from receipts
    union all
    select
        receipts.campaign_code,
        memberships.member_group,
        receipts.period,
        receipts.is_transaction,
        receipts.net_sales,
        receipts.qty
    from receipts
    inner join memberships
        on
            receipts.campaign_code = memberships.campaign_code
            and receipts.cust_id = memberships.cust_id
),

group_buyers as (
    select
        campaign_code,
        'all' as member_group,
        bought_promo,
        bought_control,
        is_new
    from buyers
    union all
    select
        buyers.campaign_code,
        memberships.member_group,
        buyers.bought_promo,
        buyers.bought_control,
        buyers.is_new
    from buyers
    inner join memberships
        on
            buyers.campaign_code = memberships.campaign_code
            and buyers.cust_id = memberships.cust_id
),

sold as (
    select
        campaign_code,
        member_group,
    {% for period in periods %}
        sum(case when period = '{{ period }}' then net_sales else 0 end)
            as {{ period }}_net_sales,
        sum(case when period = '{{ period }}' and is_transaction then 1 else 0 end)
            as {{ period }}_transaction_count,
        sum(case when period = '{{ period }}' then qty else 0 end) as {{ period }}_qty
        {{- ',' if not loop.last }}
    {% endfor %}
    from group_receipts
    group by campaign_code, member_group
),

members as (
    select
        campaign_code,
        member_group,
        sum(bought_promo) as promo_member_count,
        sum(bought_control) as control_member_count,
        sum(bought_promo * is_new) as new_member_count,
        sum(bought_promo * bought_control) as repeating_member_count,
        sum(bought_promo * (1 - bought_control) * (1 - is_new)) as returning_member_count,
        sum(bought_control * (1 - bought_promo)) as lapsed_member_count
    from group_buyers
    group by campaign_code, member_group
),

member_groups as (
    {% for group in groups %}
        select '{{ group }}' as member_group
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

figures as (
    select
        definitions.campaign_code,
        member_groups.member_group,
        definitions.campaign_name,
        definitions.bu_code,
        definitions.scope_type,
        definitions.promo_starts_on,
        definitions.promo_ends_on,
        definitions.control_starts_on,
        definitions.control_ends_on,
        definitions.promo_status,
        definitions.promo_days,
        definitions.control_days,
        definitions.has_equal_periods,
        definitions.has_same_weekdays,
        definitions.is_control_known,
        definitions.promo_lebaran_days,
        definitions.control_lebaran_days,
        definitions.promo_holidays,
        definitions.control_holidays,
        case
            when member_groups.member_group <> 'all'
                then cast(coalesce(group_sizes.group_member_count, 0) as bigint)
        end as group_member_count,
        {% for period in periods %}
            cast(coalesce(sold.{{ period }}_net_sales, 0) as numeric(18, 2))
                as {{ period }}_net_sales,
            cast(coalesce(sold.{{ period }}_transaction_count, 0) as bigint)
                as {{ period }}_transaction_count,
            cast(coalesce(sold.{{ period }}_qty, 0) as numeric(18, 3)) as {{ period }}_qty,
            cast(coalesce(members.{{ period }}_member_count, 0) as bigint)
                as {{ period }}_member_count,
        {% endfor %}
        cast(coalesce(members.new_member_count, 0) as bigint) as new_member_count,
        cast(coalesce(members.repeating_member_count, 0) as bigint) as repeating_member_count,
        cast(coalesce(members.returning_member_count, 0) as bigint) as returning_member_count,
        cast(coalesce(members.lapsed_member_count, 0) as bigint) as lapsed_member_count
    from definitions
    cross join member_groups
    left join sold
        on
            definitions.campaign_code = sold.campaign_code
            and member_groups.member_group = sold.member_group
    left join members
        on
            definitions.campaign_code = members.campaign_code
            and member_groups.member_group = members.member_group
    left join group_sizes
        on
            definitions.campaign_code = group_sizes.campaign_code
            and member_groups.member_group = group_sizes.member_group
),

with_ratios as (
    select
        *,
        {% for period in periods %}
            {% for ratio, parts in ratios.items() %}
                {{ safe_divide(period ~ '_' ~ parts[0], period ~ '_' ~ parts[1]) }}
                    as {{ period }}_{{ ratio }},
            {% endfor %}
        {% endfor %}
        promo_days = control_days as has_equal_days
    from figures
)

select
    campaign_code,
    member_group,
    campaign_name,
    bu_code,
    scope_type,
    promo_starts_on,
    promo_ends_on,
    control_starts_on,
    control_ends_on,
    promo_status,
    promo_days,
    control_days,
    has_equal_periods,
    has_same_weekdays,
    has_equal_days,
    is_control_known,
    promo_lebaran_days,
    control_lebaran_days,
    promo_holidays,
    control_holidays,
    group_member_count,
    {% for measure, type in [
        ('net_sales', 'numeric(18, 2)'),
        ('transaction_count', 'bigint'),
        ('member_count', 'bigint'),
    ] %}
        promo_{{ measure }},
        control_{{ measure }},
        cast(
            case when has_equal_days then promo_{{ measure }} - control_{{ measure }} end
            as {{ type }}
        ) as {{ measure }}_change,
        cast(
            case
                when has_equal_days
                    then {{ campaign_change_ratio('promo_' ~ measure, 'control_' ~ measure) }}
            end as numeric(28, 6)
        ) as {{ measure }}_change_ratio,
    {% endfor %}
    promo_qty,
    control_qty,
    {% for ratio, parts in ratios.items() %}
        promo_{{ ratio }},
        control_{{ ratio }},
        {{ difference_of_ratios(
            'promo_' ~ parts[0], 'promo_' ~ parts[1], 'control_' ~ parts[0], 'control_' ~ parts[1]
        ) }} as {{ ratio }}_change,
        cast(
            case
                when control_{{ parts[0] }} > 0
                    then {{ change_of_ratios(
                        'promo_' ~ parts[0],
                        'promo_' ~ parts[1],
                        'control_' ~ parts[0],
                        'control_' ~ parts[1]
                    ) }}
            end as numeric(28, 6)
        ) as {{ ratio }}_change_ratio,
    {% endfor %}
    new_member_count,
    repeating_member_count,
    returning_member_count,
    lapsed_member_count
from with_ratios
