-- One row a receipt since Cohesive (completed or return) with several payments, payment method and
-- partner on it; NONE is no partner. Its primary tender is the one of most money, of a return by
-- size; of equal ones koin and vouchers come last, then they go by name. A receipt with one payment
-- needs no such rank.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'receive_main_id', 'listed_in': 'int_touched__receipts'}
) }}

with payments {{ as_inlined() }} (
    select
        receive_main_id,
        is_loyalty_tender,
        amount,
        {{ is_transaction('receipt_status') }} as is_transaction,
        {{ tender_method('payment_method') }} as payment_method,
        coalesce(payment_partner, 'NONE') as payment_partner
    from {{ ref('fct_receipt_payments') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
        and {{ is_listed('receive_main_id', 'int_touched__receipts') }}
),

split_receipts as (
    select receive_main_id
    from payments
    group by receive_main_id
    having count(*) > 1
),

tenders as (
    select
        payments.receive_main_id,
        payments.payment_method,
        payments.payment_partner,
        max(case when payments.is_loyalty_tender then 1 else 0 end) as loyalty_rank,
        max(case when payments.is_transaction then 1 else 0 end) as transaction_flag,
        sum(payments.amount) as amount
    from payments
    inner join split_receipts
        on payments.receive_main_id = split_receipts.receive_main_id
    group by payments.receive_main_id, payments.payment_method, payments.payment_partner
),

ranked as (
    select
        receive_main_id,
        payment_method,
        payment_partner,
        amount,
        sum(amount) over (partition by receive_main_id) as paid,
        row_number() over (
            partition by receive_main_id
            order by
                case when transaction_flag = 1 then amount else abs(amount) end desc nulls last,
                loyalty_rank,
                {{ text_order('payment_method') }},
                {{ text_order('payment_partner') }}
        ) as tender_rank
    from tenders
),

ranked_in_level as (
    select
        receive_main_id,
        payment_method,
        payment_partner,
        amount,
        paid,
        tender_rank,
        min(tender_rank) over (partition by receive_main_id, payment_method)
            as first_rank_of_method,
        min(tender_rank) over (partition by receive_main_id, payment_partner)
            as first_rank_of_partner
    from ranked
)

select
    receive_main_id,
    payment_method,
    payment_partner,
    cast(amount as numeric(18, 2)) as amount,
    cast(paid as numeric(18, 2)) as paid,
    tender_rank = 1 as is_primary,
    tender_rank = first_rank_of_method as is_first_of_method,
    tender_rank = first_rank_of_partner as is_first_of_partner
from ranked_in_level
