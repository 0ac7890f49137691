-- One row a request that this run builds and member who meets all its criteria: those of
-- transactions and holdings, which leave few members, before what is asked of the member: tier,
-- koin, places, gender, age, activation, segments. Erased members never match.

{% set member_criteria -%}
    {{ in_list('profiles.tier_code', 'definitions.tier') }}
        and {{ in_list('profiles.gender', 'definitions.gender') }}
        and {{ in_list('profiles.activation_status', 'definitions.activation') }}
        and {{ in_list('profiles.rfm_segment', 'definitions.rfm_segment') }}
        and {{ in_list('profiles.lifecycle', 'definitions.lifecycle') }}
        and {{ in_list('profiles.value_segment', 'definitions.value_segment') }}
        and {{ in_list('profiles.preferred_site_code', 'definitions.preferred_site') }}
        and {{ in_list(
            spelling_key('profiles.preferred_site_city'),
            spelling_key('definitions.preferred_city')
        ) }}
        and (definitions.registration is null or profiles.is_full_registered)
        and (not coalesce(definitions.active, false) or profiles.is_active_member)
        and coalesce(profiles.koin_balance <= definitions.max_koin, definitions.max_koin is null)
        and coalesce(profiles.age >= definitions.age_min, definitions.age_min is null)
        and coalesce(profiles.age <= definitions.age_max, definitions.age_max is null)
{%- endset %}

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable and not is_delivered
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

request_values as (
    select * from {{ ref('int_requests__values') }}
),

tier_floors as (
    select * from {{ ref('int_requests__tier_floors') }}
),

campaign_areas as (
    select * from {{ ref('campaign_areas') }}
),

transaction_matches as (
    select * from {{ ref('int_audiences__transaction_matches') }}
),

holding_matches as (
    select * from {{ ref('int_audiences__holding_matches') }}
),

profiles as (
    select * from {{ ref('member_profile') }}
),

seasonal_shoppers as (
    select * from {{ ref('segment_seasonal') }}
    where is_seasonal_shopper
),

asked as (
    select
        definitions.request_id,
        definitions.has_transaction_criteria,
        case when definitions.has_voucher_criteria then 1 else 0 end
        + case when definitions.has_koin_expiring_criteria then 1 else 0 end
        + case when definitions.has_children_criteria then 1 else 0 end
        + case when definitions.has_propensity_criteria then 1 else 0 end as holding_count
    from requests
    inner join definitions
        on requests.request_id = definitions.request_id
),

held as (
    select
        holding_matches.request_id,
        holding_matches.cust_id
    from holding_matches
    inner join asked
        on holding_matches.request_id = asked.request_id
    group by holding_matches.request_id, holding_matches.cust_id, asked.holding_count
    having count(*) = asked.holding_count
),

narrowed as (
    select
        transaction_matches.request_id,
        transaction_matches.cust_id
    from transaction_matches
    inner join asked
        on transaction_matches.request_id = asked.request_id
    left join held
        on
            transaction_matches.request_id = held.request_id
            and transaction_matches.cust_id = held.cust_id
    where asked.holding_count = 0 or held.request_id is not null
    union all
    select
        held.request_id,
        held.cust_id
    from held
    inner join asked
        on held.request_id = asked.request_id
    where not asked.has_transaction_criteria
),

met as (
    select
        definitions.request_id,
        definitions.domicile_area,
        definitions.min_koin,
        definitions.season,
        profiles.cust_id,
        profiles.tier_code,
        profiles.koin_balance,
        profiles.domicile_city,
        profiles.domicile_province
    from narrowed
    inner join definitions
        on narrowed.request_id = definitions.request_id
    inner join profiles
        on narrowed.cust_id = profiles.cust_id
    where
        {{ member_criteria }}
    union all
    select
        definitions.request_id,
        definitions.domicile_area,
        definitions.min_koin,
        definitions.season,
        profiles.cust_id,
        profiles.tier_code,
        profiles.koin_balance,
        profiles.domicile_city,
        profiles.domicile_province
    from asked
    inner join definitions
        on asked.request_id = definitions.request_id
    cross join profiles
    where
        not asked.has_transaction_criteria
        and asked.holding_count = 0
        and {{ member_criteria }}
),

request_cities as (
    select
        request_values.request_id,
        campaign_areas.city,
        campaign_areas.province
    from request_values
    inner join campaign_areas
        on request_values.list_value = campaign_areas.area
    where request_values.column_name = 'domicile_area'
    group by request_values.request_id, campaign_areas.city, campaign_areas.province
),

season_matches as (
    select
        request_values.request_id,
        seasonal_shoppers.cust_id
    from request_values
    inner join seasonal_shoppers
        on request_values.list_value = seasonal_shoppers.season
    where request_values.column_name = 'season'
    group by request_values.request_id, seasonal_shoppers.cust_id
)

select
    met.request_id,
    met.cust_id
from met
left join request_cities
    on
        met.request_id = request_cities.request_id
        and met.domicile_city = request_cities.city
        and met.domicile_province = request_cities.province
left join tier_floors
    on
        met.request_id = tier_floors.request_id
        and met.tier_code = tier_floors.tier_code
left join season_matches
    on
        met.request_id = season_matches.request_id
        and met.cust_id = season_matches.cust_id
where
    (met.domicile_area is null or request_cities.request_id is not null)
    and coalesce(met.koin_balance > tier_floors.min_koin, met.min_koin is null)
    and (met.season is null or season_matches.request_id is not null)
