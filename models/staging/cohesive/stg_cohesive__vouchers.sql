-- One row a voucher: the newest usable version delivered.
{% set columns = [
    'voucher_code',
    'program_code',
    'cust_id',
    'issued_at',
    'expires_on',
    'face_value',
    'redeemed_at',
    'redeemed_receive_main_id',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__vouchers') }}
    where reject_reason is null
),

{{ newest_version('usable', ['voucher_code'], ['_loaded_at'], columns) }}

select
    voucher_code,
    program_code,
    cust_id,
    issued_at,
    expires_on,
    face_value,
    redeemed_at,
    redeemed_receive_main_id,
    _loaded_at
from newest_versions
