-- One row a member and tier period: the newest usable version delivered.
{% set columns = [
    'cust_id',
    'tier',
    'valid_from',
    'valid_to',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__member_tiers') }}
    where reject_reason is null
),

{{ newest_version('usable', ['cust_id', 'valid_from'], ['_loaded_at'], columns) }}

select
    cust_id,
    tier,
    valid_from,
    valid_to,
    _loaded_at
from newest_versions
