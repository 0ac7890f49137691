-- Asked by Toys Kingdom to validate the books of a month: receipts, returns, net sales, koin and
-- vouchers of each store in its last complete month, with what lines and payments do not explain.

with recap as (
    select
        *,
        {{ first_day_of_month('business_date') }} as month_start
    from {{ ref('sales_recap_daily') }}
    where bu_code = 'TOYS'
),

last_month as (
    select max(month_start) as month_start
    from {{ ref('sales_recap_products') }}
    where
        bu_code = 'TOYS'
        and is_complete_month
)

select
    recap.month_start,
    recap.site_code,
    recap.site_name,
    sum(recap.transaction_count) as transaction_count,
    sum(recap.return_count) as return_count,
    sum(recap.void_count) as void_count,
    sum(recap.gross_sales) as gross_sales,
    sum(recap.discount) as discount,
    sum(recap.net_sales) as net_sales,
    sum(recap.koin_redeemed) as koin_redeemed,
    sum(recap.voucher_amount) as voucher_amount,
    sum(recap.member_net_sales) as member_net_sales,
    sum(recap.line_difference) as line_difference,
    sum(recap.payment_difference) as payment_difference
from recap
inner join last_month
    on recap.month_start = last_month.month_start
group by recap.month_start, recap.site_code, recap.site_name
order by recap.site_code
