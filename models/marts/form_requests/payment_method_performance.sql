-- One row a month, business unit, payment method and partner; also ALL partners of a method, ALL
-- methods of a partner, and ALL of both. A split receipt counts in each of its methods and
-- partners, so transactions, net sales and members are not additive; amounts, the primary_ columns
-- and payment_difference are, within one level.
{%- set levels = {'method': 'payment_method', 'partner': 'payment_partner'} %}

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

-- A receipt counts once in each level: with ALL partners of a method, or ALL methods of a partner,
-- by the first of its tenders there, with ALL of both by its primary tender.
tender_sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        count(distinct case when is_transaction then cust_id end) as member_count,
        sum(sales) as net_sales,
        {%- for level in levels %}
            sum(case when is_transaction and is_first_of_{{ level }} then 1 else 0 end)
                as {{ level }}_transaction_count,
            sum(case when is_first_of_{{ level }} then sales else 0 end) as {{ level }}_net_sales,
        {%- endfor %}
        sum(case when is_transaction and is_primary then 1 else 0 end)
            as primary_transaction_count,
        sum(case when is_primary then sales else 0 end) as primary_net_sales,
        sum(amount) as amount,
        sum(case when is_primary then payment_difference else 0 end) as payment_difference
    from receipt_tenders
    group by month_start, bu_code, payment_method, payment_partner
),

{% for level, column in levels.items() %}
    {{ level }}_members as (
        select
            month_start,
            bu_code,
            {{ column }},
            count(distinct case when is_transaction then cust_id end) as member_count
        from receipt_tenders
        where is_first_of_{{ level }}
        group by month_start, bu_code, {{ column }}
    ),

    {{ level }}_sums as (
        select
            month_start,
            bu_code,
            {{ column }},
            sum({{ level }}_transaction_count) as transaction_count,
            sum({{ level }}_net_sales) as net_sales,
            sum(primary_transaction_count) as primary_transaction_count,
            sum(primary_net_sales) as primary_net_sales,
            sum(amount) as amount,
            sum(payment_difference) as payment_difference
        from tender_sums
        group by month_start, bu_code, {{ column }}
    ),

{% endfor %}
all_members as (
    select
        month_start,
        bu_code,
        count(distinct case when is_transaction then cust_id end) as member_count
    from receipt_tenders
    where is_primary
    group by month_start, bu_code
),

all_sums as (
    select
        month_start,
        bu_code,
        sum(primary_transaction_count) as transaction_count,
        sum(primary_net_sales) as net_sales,
        sum(amount) as amount,
        sum(payment_difference) as payment_difference
    from tender_sums
    group by month_start, bu_code
),

sums as (
    select
        month_start,
        bu_code,
        payment_method,
        payment_partner,
        transaction_count,
        member_count,
        amount,
        net_sales,
        primary_transaction_count,
        primary_net_sales,
        payment_difference
    from tender_sums
    {% for level, column in levels.items() %}
        union all
        select
            {{ level }}_sums.month_start,
            {{ level }}_sums.bu_code,
            {%- for name in levels.values() %}
                {{ level ~ '_sums.' ~ name if name == column else "'ALL' as " ~ name }},
            {%- endfor %}
            {{ level }}_sums.transaction_count,
            {{ level }}_members.member_count,
            {{ level }}_sums.amount,
            {{ level }}_sums.net_sales,
            {{ level }}_sums.primary_transaction_count,
            {{ level }}_sums.primary_net_sales,
            {{ level }}_sums.payment_difference
        from {{ level }}_sums
        inner join {{ level }}_members
            on
                {{ level }}_sums.month_start = {{ level }}_members.month_start
                and {{ level }}_sums.bu_code = {{ level }}_members.bu_code
                and {{ level }}_sums.{{ column }} = {{ level }}_members.{{ column }}
    {% endfor %}
    union all
    select
        all_sums.month_start,
        all_sums.bu_code,
        'ALL' as payment_method,
        'ALL' as payment_partner,
        all_sums.transaction_count,
        all_members.member_count,
        all_sums.amount,
        all_sums.net_sales,
        all_sums.transaction_count as primary_transaction_count,
        all_sums.net_sales as primary_net_sales,
        all_sums.payment_difference
    from all_sums
    inner join all_members
        on
            all_sums.month_start = all_members.month_start
            and all_sums.bu_code = all_members.bu_code
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
