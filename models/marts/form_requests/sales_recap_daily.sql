-- One row a date and store with receipts since Cohesive, voids included: what finance checks its
-- ledgers against. Members of several rows are not additive, all else is.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
),

receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where not is_orphan
),

payments as (
    select * from {{ ref('fct_receipt_payments') }}
    where not is_orphan
),

redemptions as (
    select * from {{ ref('int_koin__receipt_redemptions') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

line_sums as (
    select
        receive_main_id,
        sum(gross_sales) as gross_sales,
        sum(discount) as discount,
        sum(net_sales) as net_sales
    from receipt_lines
    group by receive_main_id
),

payment_sums as (
    select
        receive_main_id,
        sum(amount) as amount,
        sum(case when payment_method = 'KOIN' then amount else 0 end) as koin_amount,
        sum(case when payment_method = 'VOUCHER' then amount else 0 end) as voucher_amount
    from payments
    group by receive_main_id
),

-- What does not count in net sales has no amounts.
measured as (
    select
        receipts.business_date,
        receipts.site_code,
        receipts.cust_id,
        receipts.receipt_status,
        receipts.is_transaction,
        receipts.counts_in_net_sales,
        case when receipts.counts_in_net_sales then receipts.sales else 0 end as sales,
        case when receipts.counts_in_net_sales then coalesce(line_sums.gross_sales, 0) else 0 end
            as gross_sales,
        case when receipts.counts_in_net_sales then coalesce(line_sums.discount, 0) else 0 end
            as discount,
        case when receipts.counts_in_net_sales then coalesce(line_sums.net_sales, 0) else 0 end
            as line_sales,
        case when receipts.counts_in_net_sales then coalesce(payment_sums.amount, 0) else 0 end
            as amount,
        case
            when receipts.counts_in_net_sales then coalesce(payment_sums.koin_amount, 0) else 0
        end as koin_amount,
        case
            when receipts.counts_in_net_sales then coalesce(payment_sums.voucher_amount, 0) else 0
        end as voucher_amount,
        case when receipts.is_transaction then coalesce(redemptions.koin_redeemed, 0) else 0 end
            as koin_redeemed
    from receipts
    left join line_sums
        on receipts.receive_main_id = line_sums.receive_main_id
    left join payment_sums
        on receipts.receive_main_id = payment_sums.receive_main_id
    left join redemptions
        on receipts.receive_main_id = redemptions.receive_main_id
),

site_days as (
    select
        business_date,
        site_code,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(case when receipt_status = 'return' then 1 else 0 end) as return_count,
        sum(case when receipt_status = 'void' then 1 else 0 end) as void_count,
        sum(case when is_transaction then sales else 0 end) as completed_sales,
        sum(case when receipt_status = 'return' then sales else 0 end) as return_sales,
        sum(sales) as net_sales,
        sum(gross_sales) as gross_sales,
        sum(discount) as discount,
        sum(koin_redeemed) as koin_redeemed,
        sum(koin_amount) as koin_amount,
        sum(voucher_amount) as voucher_amount,
        count(distinct case when is_transaction then cust_id end) as member_count,
        sum(case when is_transaction and cust_id is not null then 1 else 0 end)
            as member_transaction_count,
        sum(case when is_transaction and cust_id is null then 1 else 0 end)
            as non_member_transaction_count,
        sum(case when cust_id is not null then sales else 0 end) as member_net_sales,
        sum(case when cust_id is null then sales else 0 end) as non_member_net_sales,
        sum(sales - line_sales) as line_difference,
        sum(sales - amount) as payment_difference
    from measured
    group by business_date, site_code
)

select
    site_days.business_date,
    site_days.site_code,
    sites.site_name,
    sites.bu_code,
    cast(site_days.transaction_count as bigint) as transaction_count,
    cast(site_days.return_count as bigint) as return_count,
    cast(site_days.void_count as bigint) as void_count,
    cast(site_days.completed_sales as numeric(18, 2)) as completed_sales,
    cast(site_days.return_sales as numeric(18, 2)) as return_sales,
    cast(site_days.net_sales as numeric(18, 2)) as net_sales,
    cast(site_days.gross_sales as numeric(18, 2)) as gross_sales,
    cast(site_days.discount as numeric(18, 2)) as discount,
    cast(site_days.koin_redeemed as bigint) as koin_redeemed,
    cast(site_days.koin_amount as numeric(18, 2)) as koin_amount,
    cast(site_days.voucher_amount as numeric(18, 2)) as voucher_amount,
    cast(site_days.member_count as bigint) as member_count,
    cast(site_days.member_transaction_count as bigint) as member_transaction_count,
    cast(site_days.non_member_transaction_count as bigint) as non_member_transaction_count,
    cast(site_days.member_net_sales as numeric(18, 2)) as member_net_sales,
    cast(site_days.non_member_net_sales as numeric(18, 2)) as non_member_net_sales,
    cast(site_days.line_difference as numeric(18, 2)) as line_difference,
    cast(site_days.payment_difference as numeric(18, 2)) as payment_difference
from site_days
inner join sites
    on site_days.site_code = sites.site_code
