-- One row a receipt: the newest usable version delivered.
{% set columns = [
    'receive_main_id',
    'cust_id',
    'bu_code',
    'site_code',
    'sales_channel',
    'fulfilment',
    'trx_ts',
    'sales',
    'receipt_status',
    'original_receive_main_id',
    'updated_at',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__receipts') }}
    where reject_reason is null
),

{{ newest_version('usable', ['receive_main_id'], ['updated_at', '_loaded_at'], columns) }}

select
    receive_main_id,
    cust_id,
    bu_code,
    site_code,
    sales_channel,
    fulfilment,
    trx_ts,
    sales,
    receipt_status,
    original_receive_main_id,
    updated_at,
    _loaded_at
from newest_versions
