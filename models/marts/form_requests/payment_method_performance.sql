-- One row a month, business unit, payment method and partner; also ALL methods of a partner, and
-- ALL of both. A split receipt counts in each of its methods, so transactions, net sales and
-- members are not additive; amounts and the primary_ columns are, and payment_difference is.

with sums as (
    select * from {{ ref('int_payment_methods__months') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

totals as (
    select
        month_start,
        bu_code,
        transaction_count,
        amount
    from sums
    where
        payment_method = 'ALL'
        and payment_partner = 'ALL'
)

select
    sums.month_start,
    sums.bu_code,
    sums.payment_method,
    sums.payment_partner,
    months.is_complete_month,
    sums.transaction_count,
    {{ safe_divide('sums.transaction_count', 'totals.transaction_count') }} as transaction_share,
    sums.amount,
    {{ safe_divide('sums.amount', 'totals.amount') }} as amount_share,
    sums.member_count,
    sums.net_sales,
    {{ safe_divide('sums.net_sales', 'sums.transaction_count') }} as atv,
    sums.primary_transaction_count,
    {{ safe_divide('sums.primary_transaction_count', 'totals.transaction_count') }}
        as primary_transaction_share,
    sums.primary_net_sales,
    sums.payment_difference
from sums
inner join months
    on sums.month_start = months.month_start
inner join totals
    on
        sums.month_start = totals.month_start
        and sums.bu_code = totals.bu_code
