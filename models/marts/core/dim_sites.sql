-- One row a store, and one for every store code that only receipts or members know (UNKNOWN
-- attributes). A city or manager that is typed in several cases has one spelling; an area manager
-- `ALL` is nobody, as rows of that name are totals, and a store `UNKNOWN` is none.
{% set names = ['city', 'province', 'area_manager'] %}

with sites as (
    select * from {{ ref('stg_cohesive__sites') }}
    where site_code <> 'UNKNOWN'
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

members as (
    select * from {{ ref('int_members__resolved') }}
),

referenced_codes as (
    select site_code from receipts
    union
    select chosen_site_code as site_code
    from members
    where chosen_site_code is not null
    union
    select 'UNKNOWN' as site_code
),

{% for name in names -%}
    {{ one_spelling('sites', name) }}{{ ',' if not loop.last }}

{% endfor -%}

select
    sites.site_code,
    coalesce(sites.site_name, 'UNKNOWN') as site_name,
    coalesce(business_units.bu_code, 'UNKNOWN') as bu_code,
    case
        when {{ is_in_vocabulary('sites.site_type', 'site_type') }} then sites.site_type
        else 'UNKNOWN'
    end as site_type,
    coalesce(city_spellings.spelling, 'UNKNOWN') as city,
    coalesce(province_spellings.spelling, 'UNKNOWN') as province,
    case
        when area_manager_spellings.spelling_key not in ('all', 'unassigned')
            then area_manager_spellings.spelling
        else 'UNASSIGNED'
    end as area_manager,
    sites.opened_on,
    sites.closed_on,
    true as is_known
from sites
left join business_units
    on sites.bu_code = business_units.bu_code
{%- for name in names %}
    left join {{ name }}_spellings
        on {{ spelling_key('sites.' ~ name) }} = {{ name }}_spellings.spelling_key
{%- endfor %}
union all
select
    referenced_codes.site_code,
    'UNKNOWN' as site_name,
    'UNKNOWN' as bu_code,
    'UNKNOWN' as site_type,
    'UNKNOWN' as city,
    'UNKNOWN' as province,
    'UNASSIGNED' as area_manager,
    cast(null as date) as opened_on,
    cast(null as date) as closed_on,
    false as is_known
from referenced_codes
left join sites
    on referenced_codes.site_code = sites.site_code
where sites.site_code is null
