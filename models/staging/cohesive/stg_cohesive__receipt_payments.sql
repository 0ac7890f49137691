-- One row a receipt payment: of the newest version of its receipt, the newest usable row delivered.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'receive_payment_id', 'listed_in': 'stg_loads__changed_payments'}
) }}
{% set columns = [
    'receive_payment_id',
    'receive_main_id',
    'payment_method',
    'bank_code',
    'voucher_code',
    'amount',
    'receipt_updated_at',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__receipt_payments') }}
    where
        reject_reason is null
        and {{ is_listed('receive_main_id', 'stg_loads__changed_receipts') }}
),

receipts {{ as_inlined() }} (
    select * from {{ ref('stg_cohesive__receipts') }}
),

{{ newest_of_receipts('usable', 'receipts', ['receive_payment_id'], columns) }}

select
    receive_payment_id,
    receive_main_id,
    payment_method,
    bank_code,
    voucher_code,
    amount,
    receipt_updated_at,
    _loaded_at
from kept_rows
where {{ is_listed('receive_payment_id', 'stg_loads__changed_payments') }}
