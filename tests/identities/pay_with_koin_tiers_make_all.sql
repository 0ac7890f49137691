-- What is additive over tiers adds up to ALL; distinct members of ALL lie between the greatest
-- tier and the sum.

with report as (
    select * from {{ ref('weekly_pay_with_koin') }}
),

tiers as (
    select
        week_start,
        bu_code,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales,
        sum(koin_redeemed) as koin_redeemed,
        sum(bu_member_transaction_count) as bu_member_transaction_count,
        sum(member_count) as member_count,
        max(member_count) as greatest_member_count
    from report
    where tier_code <> 'ALL'
    group by week_start, bu_code
)

select
    report.week_start,
    report.bu_code
from report
inner join tiers
    on
        report.week_start = tiers.week_start
        and report.bu_code = tiers.bu_code
where
    report.tier_code = 'ALL'
    and (
        report.transaction_count <> tiers.transaction_count
        or report.net_sales <> tiers.net_sales
        or report.koin_redeemed <> tiers.koin_redeemed
        or report.bu_member_transaction_count <> tiers.bu_member_transaction_count
        or report.member_count > tiers.member_count
        or report.member_count < tiers.greatest_member_count
    )
