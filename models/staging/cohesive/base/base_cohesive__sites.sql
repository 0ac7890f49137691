-- One row a raw row of cohesive.tbl_site, cleaned and typed, with the reason why it cannot be used.
-- A load that comes meanwhile is of the next build.
{% do comes_after('stg_loads__days') -%}

with delivered as (
    select * from {{ source('cohesive', 'tbl_site') }}
),

cleaned as (
    select
        {{ clean_code('site_code') }} as site_code,
        {{ clean_name('site_name') }} as site_name,
        {{ clean_code('bu_code') }} as bu_code,
        {{ clean_word('site_type') }} as site_type,
        {{ clean_name('city') }} as city,
        {{ clean_name('province') }} as province,
        {{ clean_name('area_manager') }} as area_manager,
        cast(opened_on as date) as opened_on,
        cast(closed_on as date) as closed_on,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        site_code,
        site_name,
        bu_code,
        site_type,
        city,
        province,
        area_manager,
        opened_on,
        closed_on,
        _loaded_at,
        case
            when site_code is null then 'missing_key'
            when _loaded_at is null then 'missing_value'
            when closed_on < opened_on then 'impossible_period'
        end as reject_reason
    from cleaned
)

select
    site_code,
    site_name,
    bu_code,
    site_type,
    city,
    province,
    area_manager,
    opened_on,
    closed_on,
    _loaded_at,
    reject_reason
from judged
