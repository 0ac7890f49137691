-- A closed store whose first destinations and NOT_RETURNED are not its members, or not their
-- sales, or whose destinations do not have the transactions and net sales of ALL.

with report as (
    select * from {{ ref('site_closure_movement') }}
),

all_destinations as (
    select * from report
    where destination_site_code = 'ALL'
),

base as (
    select
        closed_site_code,
        count(*) as member_count
    from {{ ref('int_site_closures__base') }}
    group by closed_site_code
),

parts as (
    select
        closed_site_code,
        sum(first_member_count) as first_member_count,
        sum(first_net_sales) as first_net_sales,
        sum(case when is_return then transaction_count else 0 end) as transaction_count,
        sum(case when is_return then net_sales else 0 end) as net_sales
    from report
    where destination_site_code <> 'ALL'
    group by closed_site_code
)

select all_destinations.closed_site_code
from all_destinations
left join base
    on all_destinations.closed_site_code = base.closed_site_code
left join parts
    on all_destinations.closed_site_code = parts.closed_site_code
where
    all_destinations.member_count <> coalesce(base.member_count, 0)
    or all_destinations.member_count <> parts.first_member_count
    or all_destinations.net_sales <> parts.first_net_sales
    or all_destinations.unique_member_count <> all_destinations.member_return
    or all_destinations.transaction_count <> parts.transaction_count
    or all_destinations.net_sales <> parts.net_sales
