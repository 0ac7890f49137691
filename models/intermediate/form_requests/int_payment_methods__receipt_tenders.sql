-- One row a receipt since Cohesive (completed or return), payment method and partner on it; NONE is
-- no partner, NO_PAYMENT a receipt without payments. Its primary tender is the one of most money;
-- of equal ones koin and vouchers come last, then they go by name.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
),

payments as (
    select
        receive_main_id,
        payment_method,
        is_loyalty_tender,
        amount,
        coalesce(payment_partner, 'NONE') as payment_partner
    from {{ ref('fct_receipt_payments') }}
    where not is_orphan
),

tenders as (
    select
        receive_main_id,
        payment_method,
        payment_partner,
        max(case when is_loyalty_tender then 1 else 0 end) as loyalty_rank,
        sum(amount) as amount
    from payments
    group by receive_main_id, payment_method, payment_partner
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
                abs(amount) desc nulls last,
                loyalty_rank,
                {{ text_order('payment_method') }},
                {{ text_order('payment_partner') }}
        ) as tender_rank
    from tenders
),

ranked_in_partner as (
    select
        receive_main_id,
        payment_method,
        payment_partner,
        amount,
        paid,
        tender_rank,
        min(tender_rank) over (partition by receive_main_id, payment_partner)
            as first_rank_of_partner
    from ranked
)

select
    receipts.receive_main_id,
    receipts.cust_id,
    receipts.bu_code,
    {{ first_day_of_month('receipts.business_date') }} as month_start,
    receipts.is_transaction,
    receipts.sales,
    coalesce(ranked_in_partner.payment_method, 'NO_PAYMENT') as payment_method,
    coalesce(ranked_in_partner.payment_partner, 'NONE') as payment_partner,
    cast(coalesce(ranked_in_partner.amount, 0) as numeric(18, 2)) as amount,
    coalesce(ranked_in_partner.tender_rank, 1) = 1 as is_primary,
    coalesce(ranked_in_partner.tender_rank = ranked_in_partner.first_rank_of_partner, true)
        as is_first_of_partner,
    cast(
        receipts.sales - coalesce(ranked_in_partner.paid, 0) as numeric(18, 2)
    ) as payment_difference
from receipts
left join ranked_in_partner
    on receipts.receive_main_id = ranked_in_partner.receive_main_id
