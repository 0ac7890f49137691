-- One row a receipt payment: of the newest version of its receipt, the newest usable row
-- delivered. A corrected receipt is sent again whole: what the newest version dropped is gone.
-- Where the receipt itself never arrived, its newest version is that of the rows that did.
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

with usable as (
    select * from {{ ref('base_cohesive__receipt_payments') }}
    where reject_reason is null
),

receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

orphan_versions as (
    select
        usable.receive_main_id,
        max(usable.receipt_updated_at) as updated_at
    from usable
    left join receipts
        on usable.receive_main_id = receipts.receive_main_id
    where receipts.receive_main_id is null
    group by usable.receive_main_id
),

newest_receipts as (
    select
        receive_main_id,
        updated_at
    from receipts
    union all
    select
        receive_main_id,
        updated_at
    from orphan_versions
),

current_rows as (
    select
        usable.receive_payment_id,
        usable.receive_main_id,
        usable.payment_method,
        usable.bank_code,
        usable.voucher_code,
        usable.amount,
        usable.receipt_updated_at,
        usable._loaded_at
    from usable
    inner join newest_receipts
        on
            usable.receive_main_id = newest_receipts.receive_main_id
            and usable.receipt_updated_at = newest_receipts.updated_at
),

{{ newest_version('current_rows', ['receive_payment_id'], ['_loaded_at'], columns) }}

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
