-- One row a store, and one for every store code that only receipts or members know (UNKNOWN
-- attributes). An area manager `ALL` is nobody, as rows of that name are totals.

with sites as (
    select * from {{ ref('stg_cohesive__sites') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

members as (
    select * from {{ ref('stg_cohesive__members') }}
),

referenced_codes as (
    select site_code from receipts
    union
    select pref_site_code as site_code
    from members
    where pref_site_code is not null
    union
    select 'UNKNOWN' as site_code
)

select
    sites.site_code,
    coalesce(sites.site_name, 'UNKNOWN') as site_name,
    coalesce(business_units.bu_code, 'UNKNOWN') as bu_code,
    coalesce(sites.site_type, 'UNKNOWN') as site_type,
    coalesce(sites.city, 'UNKNOWN') as city,
    coalesce(sites.province, 'UNKNOWN') as province,
    coalesce(nullif(sites.area_manager, 'ALL'), 'UNASSIGNED') as area_manager,
    sites.opened_on,
    sites.closed_on,
    true as is_known
from sites
left join business_units
    on sites.bu_code = business_units.bu_code
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
