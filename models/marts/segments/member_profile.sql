-- One row a member who is not erased: what is known of the member as of the run, without contact
-- data.

with members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

member_tiers as (
    select * from {{ ref('dim_member_tiers') }}
),

tiers as (
    select * from {{ ref('dim_tiers') }}
),

domiciles as (
    select * from {{ ref('int_segments__domiciles') }}
),

preferred_sites as (
    select * from {{ ref('int_members__preferred_sites_as_of') }}
    where scope_code = 'ALL'
),

koin as (
    select * from {{ ref('int_segments__member_koin') }}
),

purchases as (
    select * from {{ ref('int_segments__member_purchases') }}
),

rfm as (
    select * from {{ ref('segment_rfm') }}
),

lifecycle as (
    select * from {{ ref('segment_lifecycle') }}
),

member_value as (
    select * from {{ ref('segment_value') }}
),

seasonal as (
    select * from {{ ref('segment_seasonal') }}
    where is_seasonal_shopper
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

current_tiers as (
    select
        member_tiers.cust_id,
        member_tiers.tier_code
    from member_tiers
    inner join run
        on
            {{ tier_period_covers(
                'run.as_of_date', 'member_tiers.valid_from', 'member_tiers.valid_to'
            ) }}
),

seasonal_labels as (
    select
        cust_id,
        {{ dbt.listagg('season', "'|'", 'order by season') }} as seasonal_labels
    from seasonal
    group by cust_id
)

select
    members.cust_id,
    coalesce(current_tiers.tier_code, 'UNKNOWN') as tier_code,
    tiers.tier_code as tier_for_spend,
    {{ spend_to_next_tier('purchases.net_sales_l12m', 'tiers') }} as spend_to_next_tier,
    members.activation_status,
    members.activated_at,
    members.is_full_registered,
    members.registered_at,
    members.gender,
    {{ age_in_years('members.birth_date', 'run.as_of_date') }} as age,
    domiciles.area as domicile_area,
    members.domicile_city,
    members.domicile_province,
    preferred_sites.site_code as preferred_site_code,
    preferred_sites.site_name as preferred_site_name,
    preferred_sites.bu_code as preferred_site_bu_code,
    preferred_sites.city as preferred_site_city,
    coalesce(preferred_sites.area_manager, 'UNASSIGNED') as area_manager,
    coalesce(koin.koin_balance, 0) as koin_balance,
    coalesce(koin.overdue_koin, 0) as overdue_koin,
    coalesce(koin.koin_expiring_soon, 0) as koin_expiring_soon,
    members.is_email_opted_in,
    members.email_reachability,
    members.is_whatsapp_opted_in,
    members.whatsapp_reachability,
    members.email_engagement,
    purchases.first_transaction_date,
    purchases.last_transaction_date,
    {% for period in history_periods() -%}
        purchases.transaction_count_{{ period }},
        purchases.net_sales_{{ period }},
    {% endfor -%}
    rfm.recency_days,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    rfm.rfm_score,
    rfm.rfm_segment,
    lifecycle.lifecycle,
    lifecycle.days_since_last_purchase,
    lifecycle.is_winback,
    lifecycle.is_active_member,
    member_value.value_segment,
    member_value.is_frequent_buyer,
    coalesce(seasonal_labels.seasonal_labels, '') as seasonal_labels
from members
inner join purchases
    on members.cust_id = purchases.cust_id
inner join rfm
    on members.cust_id = rfm.cust_id
inner join lifecycle
    on members.cust_id = lifecycle.cust_id
inner join member_value
    on members.cust_id = member_value.cust_id
cross join run
left join tiers
    on {{ tier_for_spend_join('purchases.net_sales_l12m', 'tiers') }}
left join current_tiers
    on members.cust_id = current_tiers.cust_id
left join domiciles
    on
        members.domicile_city = domiciles.city
        and members.domicile_province = domiciles.province
left join preferred_sites
    on members.cust_id = preferred_sites.cust_id
left join koin
    on members.cust_id = koin.cust_id
left join seasonal_labels
    on members.cust_id = seasonal_labels.cust_id
