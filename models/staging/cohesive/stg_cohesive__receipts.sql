-- One row a receipt: the newest usable version delivered.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'stg_loads__changed_receipts'}
) }}
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
    where
        reject_reason is null
        and {{ is_listed('receive_main_id', 'stg_loads__changed_receipts') }}
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
