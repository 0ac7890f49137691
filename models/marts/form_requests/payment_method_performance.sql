-- One row a month, business unit, payment method and partner; also ALL methods of a partner, and
-- ALL of both. A split receipt counts in each of its methods, so transactions, net sales and
-- members are not additive; amounts and the primary_ columns are, and payment_difference is.

with receipt_tenders as (
    select * from {{ ref('int_payment_methods__receipt_tenders') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

-- A receipt counts once in each level: with ALL methods of a partner by the first of its tenders
-- there, with ALL of both by its primary tender.
member_tenders as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        cust_id,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales,
        sum(case when is_transaction and is_first_of_partner then 1 else 0 end)
            as partner_transaction_count,
        sum(case when is_first_of_partner then sales else 0 end) as partner_net_sales,
        sum(case when is_transaction and is_primary then 1 else 0 end)
            as primary_transaction_count,
        sum(case when is_primary then sales else 0 end) as primary_net_sales,
        sum(amount) as amount,
        sum(case when is_primary then payment_difference else 0 end) as payment_difference
    from receipt_tenders
    group by month_start, bu_code, payment_method, payment_partner, cust_id
),

member_partners as (
    select
        month_start,
        bu_code,
        payment_partner,
        cust_id,
        sum(partner_transaction_count) as transaction_count,
        sum(partner_net_sales) as net_sales,
        sum(primary_transaction_count) as primary_transaction_count,
        sum(primary_net_sales) as primary_net_sales,
        sum(amount) as amount,
        sum(payment_difference) as payment_difference
    from member_tenders
    group by month_start, bu_code, payment_partner, cust_id
),

member_sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        cust_id,
        transaction_count,
        net_sales,
        primary_transaction_count,
        primary_net_sales,
        amount,
        payment_difference
    from member_tenders
    union all
    select
        month_start,
        bu_code,
        'ALL' as payment_method,
        payment_partner,
        cust_id,
        transaction_count,
        net_sales,
        primary_transaction_count,
        primary_net_sales,
        amount,
        payment_difference
    from member_partners
    union all
    select
        month_start,
        bu_code,
        'ALL' as payment_method,
        'ALL' as payment_partner,
        cust_id,
        sum(primary_transaction_count) as transaction_count,
        sum(primary_net_sales) as net_sales,
        sum(primary_transaction_count) as primary_transaction_count,
        sum(primary_net_sales) as primary_net_sales,
        sum(amount) as amount,
        sum(payment_difference) as payment_difference
    from member_partners
    group by month_start, bu_code, cust_id
),

sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        sum(transaction_count) as transaction_count,
        sum(case when cust_id is not null and transaction_count > 0 then 1 else 0 end)
            as member_count,
        sum(amount) as amount,
        sum(net_sales) as net_sales,
        sum(primary_transaction_count) as primary_transaction_count,
        sum(primary_net_sales) as primary_net_sales,
        sum(payment_difference) as payment_difference
    from member_sums
    group by month_start, bu_code, payment_method, payment_partner
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
    cast(sums.transaction_count as bigint) as transaction_count,
    {{ safe_divide('sums.transaction_count', 'totals.transaction_count') }} as transaction_share,
    cast(sums.amount as numeric(18, 2)) as amount,
    {{ safe_divide('sums.amount', 'totals.amount') }} as amount_share,
    cast(sums.member_count as bigint) as member_count,
    cast(sums.net_sales as numeric(18, 2)) as net_sales,
    {{ safe_divide('sums.net_sales', 'sums.transaction_count') }} as atv,
    cast(sums.primary_transaction_count as bigint) as primary_transaction_count,
    {{ safe_divide('sums.primary_transaction_count', 'totals.transaction_count') }}
        as primary_transaction_share,
    cast(sums.primary_net_sales as numeric(18, 2)) as primary_net_sales,
    cast(sums.payment_difference as numeric(18, 2)) as payment_difference
from sums
inner join months
    on sums.month_start = months.month_start
inner join totals
    on
        sums.month_start = totals.month_start
        and sums.bu_code = totals.bu_code
