-- One row a month, business unit, payment method and partner; also ALL methods of a partner, and
-- ALL of both. A split receipt counts in each of its methods, so transactions, net sales and
-- members are not additive; amounts and the primary_ columns are, and payment_difference is.

with receipt_tenders as (
    select * from {{ ref('int_payment_methods__receipt_tenders') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

-- Every level first comes to one row a receipt and key of the level.
level_receipts as (
    select
        receive_main_id,
        cust_id,
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        is_transaction,
        sales,
        amount,
        is_primary,
        payment_difference
    from receipt_tenders
    {% for keys in [['payment_partner'], []] -%}
        union all
        select
            receive_main_id,
            cust_id,
            month_start,
            bu_code,
            'ALL' as payment_method,
            {{ 'payment_partner' if keys else "'ALL' as payment_partner" }},
            is_transaction,
            sales,
            sum(amount) as amount,
            max(case when is_primary then 1 else 0 end) = 1 as is_primary,
            payment_difference
        from receipt_tenders
        group by
            receive_main_id,
            cust_id,
            month_start,
            bu_code,
            {{ 'payment_partner,' if keys }}
            is_transaction,
            sales,
            payment_difference
    {% endfor %}
),

member_sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        cust_id,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(amount) as amount,
        sum(sales) as net_sales,
        sum(case when is_transaction and is_primary then 1 else 0 end)
            as primary_transaction_count,
        sum(case when is_primary then sales else 0 end) as primary_net_sales,
        sum(case when is_primary then payment_difference else 0 end) as payment_difference
    from level_receipts
    group by month_start, bu_code, payment_method, payment_partner, cust_id
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
