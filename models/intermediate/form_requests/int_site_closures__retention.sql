-- One row a closed store: what its members, and the business unit's other members, spent at the
-- business unit in as many days up to the last trading day as after it.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

base_receipts as (
    select * from {{ ref('int_site_closures__receipts') }}
    where is_same_bu
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
        and cust_id is not null
),

sites as (
    select * from {{ ref('dim_sites') }}
),

bu_days as (
    select
        {{ bu_of_place('sites.bu_code', 'receipts.bu_code') }} as bu_code,
        receipts.business_date,
        sum(receipts.sales) as net_sales
    from receipts
    inner join sites
        on receipts.site_code = sites.site_code
    group by
        {{ bu_of_place('sites.bu_code', 'receipts.bu_code') }},
        receipts.business_date
),

bu_sales as (
    select
        closures.closed_site_code,
        sum(
            case when bu_days.business_date <= closures.last_trading_day then bu_days.net_sales end
        ) as net_sales_before,
        sum(
            case when bu_days.business_date > closures.last_trading_day then bu_days.net_sales end
        ) as net_sales_after
    from closures
    inner join bu_days
        on
            closures.bu_code = bu_days.bu_code
            and bu_days.business_date between closures.before_starts_on and closures.window_ends_on
    group by closures.closed_site_code
),

base_sales as (
    select
        closed_site_code,
        sum(case when not is_after then sales end) as net_sales_before,
        sum(case when is_after then sales end) as net_sales_after
    from base_receipts
    group by closed_site_code
),

compared as (
    select
        closures.closed_site_code,
        closures.is_mature and closures.is_before_known as is_comparable,
        coalesce(base_sales.net_sales_before, 0) as net_sales_before,
        coalesce(base_sales.net_sales_after, 0) as net_sales_after,
        coalesce(bu_sales.net_sales_before, 0) - coalesce(base_sales.net_sales_before, 0)
            as control_sales_before,
        coalesce(bu_sales.net_sales_after, 0) - coalesce(base_sales.net_sales_after, 0)
            as control_sales_after
    from closures
    left join base_sales
        on closures.closed_site_code = base_sales.closed_site_code
    left join bu_sales
        on closures.closed_site_code = bu_sales.closed_site_code
)

select
    closed_site_code,
    cast(net_sales_before as numeric(18, 2)) as net_sales_before,
    cast(net_sales_after as numeric(18, 2)) as net_sales_after,
    cast(control_sales_before as numeric(18, 2)) as control_sales_before,
    cast(control_sales_after as numeric(18, 2)) as control_sales_after,
    {{ safe_divide(
        'net_sales_after', 'case when is_comparable then net_sales_before end'
    ) }} as retained_sales_ratio,
    {{ safe_divide(
        'control_sales_after', 'case when is_comparable then control_sales_before end'
    ) }} as control_sales_ratio
from compared
