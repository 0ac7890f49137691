-- One row a member and child: the newest usable version delivered.
{% set columns = [
    'cust_id',
    'child_no',
    'birth_date',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__member_children') }}
    where reject_reason is null
),

{{ newest_version('usable', ['cust_id', 'child_no'], ['_loaded_at'], columns) }}

select
    cust_id,
    child_no,
    birth_date,
    _loaded_at
from newest_versions
