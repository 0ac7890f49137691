-- One row a receipt payment: of the newest version of its receipt, the newest usable row delivered.
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
    where reject_reason is null
),

receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

{{ current_receipt_rows('usable', 'receipts', columns) }},

{{ newest_version(
    'current_rows', ['receive_payment_id'], ['_loaded_at'], columns, delivered='usable'
) }}

select
    receive_payment_id,
    receive_main_id,
    payment_method,
    bank_code,
    voucher_code,
    amount,
    receipt_updated_at,
    _loaded_at
from newest_versions
