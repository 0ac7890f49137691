-- A month and business unit in which ALL methods do not have the receipts' transactions and net
-- sales, or a level (tenders, methods, partners) does not add up to ALL in what is additive, which
-- is amounts, primary tenders, differences; or one of the three is not there.

with receipts as (
    select
        bu_code,
        {{ first_day_of_month('business_date') }} as month_start,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales
    from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
    group by bu_code, {{ first_day_of_month('business_date') }}
),

report as (
    select
        *,
        case
            when payment_method = 'ALL' and payment_partner = 'ALL' then 'all'
            when payment_method = 'ALL' then 'partners'
            when payment_partner = 'ALL' then 'methods'
            else 'tenders'
        end as row_level
    from {{ ref('payment_method_performance') }}
),

all_methods as (
    select * from report
    where row_level = 'all'
),

parts as (
    select
        month_start,
        bu_code,
        row_level,
        sum(amount) as amount,
        sum(primary_transaction_count) as primary_transaction_count,
        sum(primary_net_sales) as primary_net_sales,
        sum(payment_difference) as payment_difference,
        count(*) over (partition by month_start, bu_code) as level_count
    from report
    where row_level <> 'all'
    group by month_start, bu_code, row_level
)

select
    receipts.month_start,
    receipts.bu_code,
    parts.row_level
from receipts
left join all_methods
    on
        receipts.month_start = all_methods.month_start
        and receipts.bu_code = all_methods.bu_code
left join parts
    on
        receipts.month_start = parts.month_start
        and receipts.bu_code = parts.bu_code
where
    all_methods.bu_code is null
    or parts.bu_code is null
    or parts.level_count <> 3
    or receipts.transaction_count <> all_methods.transaction_count
    or receipts.net_sales <> all_methods.net_sales
    or all_methods.amount + all_methods.payment_difference <> receipts.net_sales
    or parts.amount <> all_methods.amount
    or parts.primary_transaction_count <> receipts.transaction_count
    or parts.primary_net_sales <> receipts.net_sales
    or parts.payment_difference <> all_methods.payment_difference
