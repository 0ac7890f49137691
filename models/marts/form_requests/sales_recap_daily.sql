-- One row a date and store with receipts since Cohesive, voids included: what finance checks its
-- ledgers against. Members of several rows are not additive, all else is.

with receipts {{ as_inlined() }} (
    select * from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
),

receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
),

payments as (
    select * from {{ ref('fct_receipt_payments') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
),

redemptions as (
    select * from {{ ref('int_koin__receipt_redemptions') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

-- What does not count in net sales has no amounts.
measured as (
    select
        *,
        case when counts_in_net_sales then sales else 0 end as counted_sales
    from receipts
),

receipt_sums as (
    select
        business_date,
        site_code,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(case when receipt_status = 'return' then 1 else 0 end) as return_count,
        sum(case when receipt_status = 'void' then 1 else 0 end) as void_count,
        sum(case when is_transaction then counted_sales else 0 end) as completed_sales,
        sum(case when receipt_status = 'return' then counted_sales else 0 end) as return_sales,
        sum(counted_sales) as net_sales,
        count(distinct case when is_transaction then cust_id end) as member_count,
        sum(case when is_transaction and cust_id is not null then 1 else 0 end)
            as member_transaction_count,
        sum(case when is_transaction and cust_id is null then 1 else 0 end)
            as non_member_transaction_count,
        sum(case when cust_id is not null then counted_sales else 0 end) as member_net_sales,
        sum(case when cust_id is null then counted_sales else 0 end) as non_member_net_sales
    from measured
    group by business_date, site_code
),

-- Lines and payments say the date and store of their receipt, so each is summed by itself.
line_sums as (
    select
        business_date,
        site_code,
        sum(gross_sales) as gross_sales,
        sum(discount) as discount,
        sum(net_sales) as net_sales
    from receipt_lines
    group by business_date, site_code
),

payment_sums as (
    select
        business_date,
        site_code,
        sum(amount) as amount,
        sum(case when payment_method = 'KOIN' then amount else 0 end) as koin_amount,
        sum(case when payment_method = 'VOUCHER' then amount else 0 end) as voucher_amount
    from payments
    group by business_date, site_code
),

redemption_sums as (
    select
        receipts.business_date,
        receipts.site_code,
        sum(redemptions.koin_redeemed) as koin_redeemed
    from receipts
    inner join redemptions
        on receipts.receive_main_id = redemptions.receive_main_id
    where receipts.is_transaction
    group by receipts.business_date, receipts.site_code
),

site_days as (
    select
        receipt_sums.business_date,
        receipt_sums.site_code,
        receipt_sums.transaction_count,
        receipt_sums.return_count,
        receipt_sums.void_count,
        receipt_sums.completed_sales,
        receipt_sums.return_sales,
        receipt_sums.net_sales,
        receipt_sums.member_count,
        receipt_sums.member_transaction_count,
        receipt_sums.non_member_transaction_count,
        receipt_sums.member_net_sales,
        receipt_sums.non_member_net_sales,
        coalesce(line_sums.gross_sales, 0) as gross_sales,
        coalesce(line_sums.discount, 0) as discount,
        coalesce(redemption_sums.koin_redeemed, 0) as koin_redeemed,
        coalesce(payment_sums.koin_amount, 0) as koin_amount,
        coalesce(payment_sums.voucher_amount, 0) as voucher_amount,
        receipt_sums.net_sales - coalesce(line_sums.net_sales, 0) as line_difference,
        receipt_sums.net_sales - coalesce(payment_sums.amount, 0) as payment_difference
    from receipt_sums
    left join line_sums
        on
            receipt_sums.business_date = line_sums.business_date
            and receipt_sums.site_code = line_sums.site_code
    left join payment_sums
        on
            receipt_sums.business_date = payment_sums.business_date
            and receipt_sums.site_code = payment_sums.site_code
    left join redemption_sums
        on
            receipt_sums.business_date = redemption_sums.business_date
            and receipt_sums.site_code = redemption_sums.site_code
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
