-- The business units' net sales in the weekly report, ALL tiers, against the receipts, to the
-- rupiah.

with receipts as (
    select sum(sales) as net_sales
    from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
),

report as (
    select sum(bu_net_sales) as net_sales
    from {{ ref('weekly_pay_with_koin') }}
    where tier_code = 'ALL'
)

select
    receipts.net_sales as receipts_net_sales,
    report.net_sales as report_net_sales
from receipts
cross join report
where receipts.net_sales <> report.net_sales
