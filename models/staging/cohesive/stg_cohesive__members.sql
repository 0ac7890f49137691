-- One row a member: the newest usable version delivered, with e-mail and phone as a channel could
-- use them.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'stg_loads__changed_members'}
) }}
{% set columns = [
    'cust_id',
    'rrr_id',
    'odi_id',
    'stamps_user_id',
    'full_name',
    'email_raw',
    'phone_raw',
    'gender_raw',
    'gender',
    'birth_date',
    'tier',
    'registration_status',
    'registered_at',
    'activated_at',
    'domicile_city',
    'domicile_province',
    'pref_site_code',
    'email_opt_in',
    'email_opt_in_at',
    'whatsapp_opt_in',
    'whatsapp_opt_in_at',
    'erased_at',
    'updated_at',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__members') }}
    where
        reject_reason is null
        and {{ is_listed('cust_id', 'stg_loads__changed_members') }}
),

{{ newest_version('usable', ['cust_id'], ['updated_at', '_loaded_at'], columns) }},

{{ wa_phone_steps('newest_versions', ['cust_id'], 'phone_raw') }}

select
    newest_versions.cust_id,
    newest_versions.rrr_id,
    newest_versions.odi_id,
    newest_versions.stamps_user_id,
    newest_versions.full_name,
    {{ valid_email_or_null('newest_versions.email_raw') }} as email,
    newest_versions.email_raw,
    phone_result.wa_phone as phone,
    newest_versions.phone_raw,
    phone_result.phone_status,
    phone_result.has_several_numbers,
    phone_result.phone_normalised,
    newest_versions.gender_raw,
    newest_versions.gender,
    newest_versions.birth_date,
    newest_versions.tier,
    newest_versions.registration_status,
    newest_versions.registered_at,
    newest_versions.activated_at,
    newest_versions.domicile_city,
    newest_versions.domicile_province,
    newest_versions.pref_site_code,
    newest_versions.email_opt_in,
    newest_versions.email_opt_in_at,
    newest_versions.whatsapp_opt_in,
    newest_versions.whatsapp_opt_in_at,
    newest_versions.erased_at,
    newest_versions.updated_at,
    newest_versions._loaded_at
from newest_versions
inner join phone_result
    on newest_versions.cust_id = phone_result.cust_id
