-- One row a raw row of cohesive.tbl_member, cleaned and typed, with the reason why it cannot be
-- used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_members') -%}
{{ config(
    materialized='incremental',
    meta={'loaded_from': 'cohesive.tbl_member'}
) }}

with delivered as (
    select * from {{ source('cohesive', 'tbl_member') }}
    where {{ is_of_changed_load('cohesive.tbl_member') }}
),

cleaned as (
    select
        {{ clean_text('cust_id') }} as cust_id,
        {{ clean_text('rrr_id') }} as rrr_id,
        {{ clean_text('odi_id') }} as odi_id,
        {{ clean_text('stamps_user_id') }} as stamps_user_id,
        {{ clean_name('full_name') }} as full_name,
        {{ clean_text('email') }} as email_raw,
        {{ clean_text('phone') }} as phone_raw,
        {{ clean_code('gender') }} as gender_raw,
        {{ normalise_gender('gender') }} as gender,
        cast(birth_date as date) as birth_date,
        {{ clean_name('tier') }} as tier,
        {{ clean_word('registration_status') }} as registration_status,
        cast(registered_at as timestamp) as registered_at,
        cast(activated_at as timestamp) as activated_at,
        {{ clean_name('domicile_city') }} as domicile_city,
        {{ clean_name('domicile_province') }} as domicile_province,
        {{ clean_code('pref_site_code') }} as pref_site_code,
        cast(email_opt_in as boolean) as email_opt_in,
        cast(email_opt_in_at as timestamp) as email_opt_in_at,
        cast(whatsapp_opt_in as boolean) as whatsapp_opt_in,
        cast(whatsapp_opt_in_at as timestamp) as whatsapp_opt_in_at,
        cast(erased_at as timestamp) as erased_at,
        cast(updated_at as timestamp) as updated_at,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        cust_id,
        rrr_id,
        odi_id,
        stamps_user_id,
        full_name,
        email_raw,
        phone_raw,
        gender_raw,
        gender,
        birth_date,
        tier,
        registration_status,
        registered_at,
        activated_at,
        domicile_city,
        domicile_province,
        pref_site_code,
        email_opt_in,
        email_opt_in_at,
        whatsapp_opt_in,
        whatsapp_opt_in_at,
        erased_at,
        updated_at,
        _loaded_at,
        case
            when cust_id is null then 'missing_key'
            when _loaded_at is null then 'missing_value'
        end as reject_reason
    from cleaned
)

select
    cust_id,
    rrr_id,
    odi_id,
    stamps_user_id,
    full_name,
    email_raw,
    phone_raw,
    gender_raw,
    gender,
    birth_date,
    tier,
    registration_status,
    registered_at,
    activated_at,
    domicile_city,
    domicile_province,
    pref_site_code,
    email_opt_in,
    email_opt_in_at,
    whatsapp_opt_in,
    whatsapp_opt_in_at,
    erased_at,
    updated_at,
    _loaded_at,
    reject_reason
from judged
