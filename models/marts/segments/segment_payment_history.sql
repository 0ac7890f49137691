-- One row a member and payment partner, or tender without one, since Cohesive. A receipt with
-- several tenders counts for each, so transactions are not additive.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

-- Only payments of members, as others would be summed and then dropped.
payments as (
    select * from {{ ref('fct_receipt_payments') }}
    where
        cust_id is not null
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

receipt_partners as (
    select
        receive_main_id,
        coalesce(payment_partner, payment_method) as payment_partner,
        sum(amount) as amount
    from payments
    group by receive_main_id, coalesce(payment_partner, payment_method)
)

select
    receipts.cust_id,
    receipt_partners.payment_partner,
    {% for period in history_periods() -%}
        cast(
            sum(case when receipts.is_{{ period }} and receipts.is_transaction then 1 else 0 end)
            as bigint
        ) as transaction_count_{{ period }},
        cast(
            sum(case when receipts.is_{{ period }} then receipt_partners.amount else 0 end)
            as numeric(18, 2)
        ) as amount_{{ period }},
    {% endfor -%}
    min(case when receipts.is_transaction then receipts.business_date end)
        as first_transaction_date,
    max(case when receipts.is_transaction then receipts.business_date end) as last_transaction_date
from receipts
inner join receipt_partners
    on receipts.receive_main_id = receipt_partners.receive_main_id
group by receipts.cust_id, receipt_partners.payment_partner
