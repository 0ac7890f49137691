-- One row a member known as of the run, erased ones included: tier and places by their canonical
-- names.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__profiles'}
) }}

with members as (
    select * from {{ ref('stg_cohesive__members') }}
    where {{ is_listed('cust_id', 'int_touched__profiles') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

tier_aliases as (
    select * from {{ ref('tier_aliases') }}
),

domicile_areas as (
    select
        city,
        province,
        coalesce(raw_city, '') as raw_city,
        coalesce(raw_province, '') as raw_province
    from {{ ref('domicile_areas') }}
)

select
    members.cust_id,
    {{ normalise_tier('tier_aliases.tier_code') }} as tier_code,
    members.tier as tier_raw,
    members.gender,
    members.birth_date,
    {{ is_full_registered('members.registration_status') }} as is_full_registered,
    members.registered_at,
    members.activated_at,
    {{ activation_status('members.activated_at', 'run.as_of_date') }} as activation_status,
    domicile_areas.city as domicile_city,
    domicile_areas.province as domicile_province,
    members.pref_site_code as chosen_site_code,
    {{ is_erased('members.erased_at', 'run.as_of_date') }} as is_erased
from members
cross join run
left join tier_aliases
    on {{ spelling_key('members.tier') }} = tier_aliases.alias
left join domicile_areas
    on
        coalesce({{ spelling_key('members.domicile_city') }}, '') = domicile_areas.raw_city
        and coalesce({{ spelling_key('members.domicile_province') }}, '')
        = domicile_areas.raw_province
where
    members.registered_at is null
    or cast(members.registered_at as date) <= run.as_of_date
