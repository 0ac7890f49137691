-- One row a receipt line: of the newest version of its receipt, the newest usable row delivered.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'stg_loads__changed_receipts'}
) }}
{% set columns = [
    'receive_main_id',
    'line_no',
    'sku',
    'qty',
    'gross_sales',
    'discount',
    'net_sales',
    'koin_used',
    'receipt_updated_at',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__receipt_lines') }}
    where
        reject_reason is null
        and {{ is_listed('receive_main_id', 'stg_loads__changed_receipts') }}
),

receipts {{ as_inlined() }} (
    select * from {{ ref('stg_cohesive__receipts') }}
),

{{ newest_of_receipts('usable', 'receipts', ['receive_main_id', 'line_no'], columns) }}

select
    receive_main_id,
    line_no,
    sku,
    qty,
    gross_sales,
    discount,
    net_sales,
    koin_used,
    receipt_updated_at,
    _loaded_at
from kept_rows
