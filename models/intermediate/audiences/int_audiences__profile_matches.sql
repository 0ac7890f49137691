-- One row a request that this run builds and member who meets what it asks of the member: tier,
-- koin, places, gender, age, activation, segments. Erased members never match.

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

profiles as (
    select * from {{ ref('member_profile') }}
),

seasonal_shoppers as (
    select * from {{ ref('segment_seasonal') }}
    where is_seasonal_shopper
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
),

first_matches as (
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
    from requests
    inner join definitions
        on requests.request_id = definitions.request_id
    cross join profiles
    where
        {{ in_list('profiles.tier_code', 'definitions.tier') }}
        and {{ in_list('profiles.gender', 'definitions.gender') }}
        and {{ in_list('profiles.activation_status', 'definitions.activation') }}
        and {{ in_list('profiles.rfm_segment', 'definitions.rfm_segment') }}
        and {{ in_list('profiles.lifecycle', 'definitions.lifecycle') }}
        and {{ in_list('profiles.value_segment', 'definitions.value_segment') }}
        and {{ in_list('profiles.preferred_site_code', 'definitions.preferred_site') }}
        and {{ in_list('profiles.preferred_site_city', 'definitions.preferred_city') }}
        and (definitions.registration is null or profiles.is_full_registered)
        and (not coalesce(definitions.active, false) or profiles.is_active_member)
        and coalesce(profiles.koin_balance <= definitions.max_koin, definitions.max_koin is null)
        and coalesce(profiles.age >= definitions.age_min, definitions.age_min is null)
        and coalesce(profiles.age <= definitions.age_max, definitions.age_max is null)
)

select
    first_matches.request_id,
    first_matches.cust_id
from first_matches
left join request_cities
    on
        first_matches.request_id = request_cities.request_id
        and first_matches.domicile_city = request_cities.city
        and first_matches.domicile_province = request_cities.province
left join tier_floors
    on
        first_matches.request_id = tier_floors.request_id
        and first_matches.tier_code = tier_floors.tier_code
left join season_matches
    on
        first_matches.request_id = season_matches.request_id
        and first_matches.cust_id = season_matches.cust_id
where
    (first_matches.domicile_area is null or request_cities.request_id is not null)
    and coalesce(
        first_matches.koin_balance > tier_floors.min_koin, first_matches.min_koin is null
    )
    and (first_matches.season is null or season_matches.request_id is not null)
