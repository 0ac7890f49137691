-- One row a payment (tender) of a receipt up to the as-of date, with what its receipt says. A
-- payment whose receipt never arrived is kept without date (is_orphan).
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'int_touched__receipts'}
) }}

with payments as (
    select * from {{ ref('stg_cohesive__receipt_payments') }}
    where {{ is_listed('receive_main_id', 'int_touched__receipts') }}
),

delivered_receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

{{ later_receipts('delivered_receipts', 'run') }},

payment_methods as (
    select
        payment_method,
        payment_group,
        payment_partner,
        is_loyalty_tender,
        coalesce(bank_code, '') as bank_code,
        max(bank_code) over (partition by payment_method) is not null as has_banks
    from {{ ref('payment_methods') }}
)

select
    payments.receive_payment_id,
    payments.receive_main_id,
    payments.bank_code,
    payments.voucher_code,
    payments.amount,
    receipts.cust_id,
    receipts.tier_code,
    receipts.site_code,
    receipts.business_date,
    receipts.week_start,
    receipts.receipt_status,
    receipts.is_pre_cohesive,
    coalesce(payments.payment_method, 'UNKNOWN') as payment_method,
    coalesce(of_bank.payment_group, of_method.payment_group, 'UNKNOWN') as payment_group,
    coalesce(of_bank.payment_partner, of_method.payment_partner) as payment_partner,
    coalesce(of_bank.is_loyalty_tender, of_method.is_loyalty_tender, false) as is_loyalty_tender,
    coalesce(receipts.bu_code, 'UNKNOWN') as bu_code,
    payments.bank_code is not null
    and of_bank.payment_method is null
    and coalesce(of_method.has_banks, false) as is_unknown_bank,
    receipts.receive_main_id is null as is_orphan
from payments
cross join run
left join receipts
    on payments.receive_main_id = receipts.receive_main_id
left join later_receipts
    on payments.receive_main_id = later_receipts.receive_main_id
left join payment_methods as of_bank
    on
        payments.payment_method = of_bank.payment_method
        and payments.bank_code = of_bank.bank_code
left join payment_methods as of_method
    on
        payments.payment_method = of_method.payment_method
        and of_method.bank_code = ''
where
    later_receipts.receive_main_id is null
    and not {{ is_later_orphan(
        'receipts.receive_main_id', 'payments.receipt_updated_at', 'run.as_of_date'
    ) }}
