-- An opened store whose origins do not add up to the members, transactions and net sales that the
-- receipts of its first days have.

with openings as (
    select * from {{ ref('int_site_openings__openings') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
),

members as (
    select
        openings.opened_site_code,
        receipts.cust_id,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        sum(receipts.sales) as net_sales
    from openings
    inner join receipts
        on
            openings.opened_site_code = receipts.site_code
            and receipts.business_date between openings.first_trading_day
            and openings.window_ends_on
    where
        receipts.counts_in_net_sales
        and receipts.cust_id is not null
    group by openings.opened_site_code, receipts.cust_id
),

buyers as (
    select
        opened_site_code,
        count(*) as member_count,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales
    from members
    where transaction_count > 0
    group by opened_site_code
),

report as (
    select
        opened_site_code,
        sum(case when origin_site_code = 'ALL' then member_count else 0 end) as all_member_count,
        sum(case when origin_site_code <> 'ALL' then member_count else 0 end) as member_count,
        sum(case when origin_site_code <> 'ALL' then transaction_count else 0 end)
            as transaction_count,
        sum(case when origin_site_code <> 'ALL' then net_sales else 0 end) as net_sales
    from {{ ref('site_opening_impact') }}
    group by opened_site_code
)

select openings.opened_site_code
from openings
left join report
    on openings.opened_site_code = report.opened_site_code
left join buyers
    on openings.opened_site_code = buyers.opened_site_code
where
    report.opened_site_code is null
    or report.all_member_count <> coalesce(buyers.member_count, 0)
    or report.member_count <> coalesce(buyers.member_count, 0)
    or report.transaction_count <> coalesce(buyers.transaction_count, 0)
    or report.net_sales <> coalesce(buyers.net_sales, 0)
