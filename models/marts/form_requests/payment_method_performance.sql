-- One row a month, business unit, payment method and partner; also ALL partners of a method, ALL
-- methods of a partner, and ALL of both. A split receipt counts in each of its methods and
-- partners, so transactions, net sales and members are not additive; amounts, the primary_ columns
-- and payment_difference are, within one level.
{%- set levels = {
    'tender': {'flag': 'true', 'columns': ['payment_method', 'payment_partner']},
    'method': {'flag': 'is_first_of_method', 'columns': ['payment_method']},
    'partner': {'flag': 'is_first_of_partner', 'columns': ['payment_partner']},
    'all': {'flag': 'is_primary', 'columns': []},
} %}

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
),

payments as (
    select
        receive_main_id,
        payment_partner,
        amount,
        {{ tender_method('payment_method') }} as payment_method
    from {{ ref('fct_receipt_payments') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
),

split_tenders {{ as_inlined() }} (
    select * from {{ ref('int_payment_methods__split_tenders') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

split_receipts as (
    select receive_main_id
    from split_tenders
    where is_primary
),

-- A payment that is alone on its receipt is its only tender.
tenders as (
    select
        payments.receive_main_id,
        payments.payment_method,
        coalesce(payments.payment_partner, 'NONE') as payment_partner,
        payments.amount,
        payments.amount as paid,
        true as is_primary,
        true as is_first_of_method,
        true as is_first_of_partner
    from payments
    left join split_receipts
        on payments.receive_main_id = split_receipts.receive_main_id
    where split_receipts.receive_main_id is null
    union all
    select
        receive_main_id,
        payment_method,
        payment_partner,
        amount,
        paid,
        is_primary,
        is_first_of_method,
        is_first_of_partner
    from split_tenders
),

-- A receipt without payments is NO_PAYMENT.
receipt_tenders as (
    select
        receipts.cust_id,
        receipts.bu_code,
        {{ first_day_of_month('receipts.business_date') }} as month_start,
        receipts.is_transaction,
        receipts.sales,
        coalesce(tenders.payment_method, 'NO_PAYMENT') as payment_method,
        coalesce(tenders.payment_partner, 'NONE') as payment_partner,
        coalesce(tenders.amount, 0) as amount,
        coalesce(tenders.is_primary, true) as is_primary,
        coalesce(tenders.is_first_of_method, true) as is_first_of_method,
        coalesce(tenders.is_first_of_partner, true) as is_first_of_partner,
        receipts.sales - coalesce(tenders.paid, 0) as payment_difference
    from receipts
    left join tenders
        on receipts.receive_main_id = tenders.receive_main_id
),

-- A receipt counts once in each level, by the first of its tenders there: with ALL of both that is
-- its primary tender.
tender_sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        sum(amount) as amount,
        {%- for level, rule in levels.items() %}
            sum(case when is_transaction and {{ rule.flag }} then 1 else 0 end)
                as {{ level }}_transaction_count,
            sum(case when {{ rule.flag }} then sales else 0 end) as {{ level }}_net_sales,
        {%- endfor %}
        sum(case when is_primary then payment_difference else 0 end) as payment_difference
    from receipt_tenders
    group by month_start, bu_code, payment_method, payment_partner
),

-- Each member once before they are counted in every level.
tender_members as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        cust_id
    from receipt_tenders
    where is_transaction and cust_id is not null
    group by month_start, bu_code, payment_method, payment_partner, cust_id
),

sums as (
    {% for level, rule in levels.items() -%}
        select
            month_start,
            bu_code,
            {%- for name in ['payment_method', 'payment_partner'] %}
                {{ name if name in rule.columns else "'ALL' as " ~ name }},
            {%- endfor %}
            sum({{ level }}_transaction_count) as transaction_count,
            sum({{ level }}_net_sales) as net_sales,
            sum(all_transaction_count) as primary_transaction_count,
            sum(all_net_sales) as primary_net_sales,
            sum(amount) as amount,
            sum(payment_difference) as payment_difference
        from tender_sums
        group by {{ (['month_start', 'bu_code'] + rule.columns) | join(', ') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

members as (
    {% for rule in levels.values() -%}
        select
            month_start,
            bu_code,
            {%- for name in ['payment_method', 'payment_partner'] %}
                {{ name if name in rule.columns else "'ALL' as " ~ name }},
            {%- endfor %}
            count(distinct cust_id) as member_count
        from tender_members
        group by {{ (['month_start', 'bu_code'] + rule.columns) | join(', ') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
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
    cast(coalesce(members.member_count, 0) as bigint) as member_count,
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
left join members
    on
        sums.month_start = members.month_start
        and sums.bu_code = members.bu_code
        and sums.payment_method = members.payment_method
        and sums.payment_partner = members.payment_partner
