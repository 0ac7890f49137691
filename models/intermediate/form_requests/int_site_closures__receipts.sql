-- One row a closed store and receipt (completed or return) of its members around the closure: at
-- the business unit, or at an online store of another one (GROUP_ONLINE). The place is the store,
-- or ONLINE.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

base as (
    select * from {{ ref('int_site_closures__base') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
        and cust_id is not null
),

near_receipts as (
    select
        base.closed_site_code,
        base.cust_id,
        closures.bu_code,
        receipts.receive_main_id,
        receipts.trx_ts,
        receipts.sales,
        receipts.is_transaction,
        receipts.site_code,
        receipts.business_date > closures.last_trading_day as is_after,
        receipts.sales_channel = 'online' or sites.site_type = 'online' as is_online,
        sites.site_type = 'online' as is_online_store,
        {{ bu_of_place('sites.bu_code', 'receipts.bu_code') }} as place_bu_code
    from receipts
    inner join base
        on receipts.cust_id = base.cust_id
    inner join closures
        on
            base.closed_site_code = closures.closed_site_code
            and receipts.business_date between closures.before_starts_on
            and closures.window_ends_on
    inner join sites
        on receipts.site_code = sites.site_code
)

select
    closed_site_code,
    cust_id,
    receive_main_id,
    trx_ts,
    sales,
    is_transaction,
    is_after,
    place_bu_code = bu_code as is_same_bu,
    case
        when place_bu_code <> bu_code then 'GROUP_ONLINE'
        when coalesce(is_online, false) then 'ONLINE'
        else {{ place_of_site('site_code') }}
    end as place_code
from near_receipts
where
    place_bu_code = bu_code
    or is_online_store
