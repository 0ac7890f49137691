-- One row a store: the newest usable version delivered.
{% set columns = [
    'site_code',
    'site_name',
    'bu_code',
    'site_type',
    'city',
    'province',
    'area_manager',
    'opened_on',
    'closed_on',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__sites') }}
    where reject_reason is null
),

{{ newest_version('usable', ['site_code'], ['_loaded_at'], columns) }}

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
    _loaded_at
from newest_versions
