-- One row a newly opened store and member who bought there in its first days, with where the member
-- came from: the store of the business unit with most receipts in the twelve months before,
-- REACTIVATED (bought at the business unit only before these), or NEW_TO_BU.

with openings as (
    select * from {{ ref('int_site_openings__openings') }}
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

purchases as (
    select
        openings.opened_site_code,
        openings.bu_code,
        openings.first_trading_day,
        openings.history_since,
        receipts.cust_id,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        sum(receipts.sales) as net_sales
    from receipts
    inner join openings
        on
            receipts.site_code = openings.opened_site_code
            and receipts.business_date between openings.first_trading_day
            and openings.window_ends_on
    group by
        openings.opened_site_code,
        openings.bu_code,
        openings.first_trading_day,
        openings.history_since,
        receipts.cust_id
),

buyers as (
    select * from purchases
    where transaction_count > 0
),

visits as (
    select
        buyers.opened_site_code,
        buyers.cust_id,
        {{ place_of_site('receipts.site_code') }} as site_code,
        sum(case when receipts.business_date >= buyers.history_since then 1 else 0 end)
            as receipt_count,
        max(receipts.trx_ts) as last_visit_ts
    from receipts
    inner join buyers
        on
            receipts.cust_id = buyers.cust_id
            and receipts.business_date < buyers.first_trading_day
    inner join sites
        on
            receipts.site_code = sites.site_code
            and buyers.bu_code = {{ bu_of_place('sites.bu_code', 'receipts.bu_code') }}
    where receipts.is_transaction
    group by
        buyers.opened_site_code,
        buyers.cust_id,
        {{ place_of_site('receipts.site_code') }}
),

-- A known store goes before UNKNOWN.
ranked as (
    select
        opened_site_code,
        cust_id,
        case when receipt_count > 0 then site_code else 'REACTIVATED' end as origin_site_code,
        row_number() over (
            partition by opened_site_code, cust_id
            order by
                case when receipt_count = 0 then 2 when site_code = 'UNKNOWN' then 1 else 0 end,
                receipt_count desc nulls last,
                last_visit_ts desc nulls last,
                {{ text_order('site_code') }} asc
        ) as site_rank
    from visits
),

origins as (
    select
        opened_site_code,
        cust_id,
        origin_site_code
    from ranked
    where site_rank = 1
),

-- What the buyers spent at the store that they came from, before and since.
origin_sales as (
    select
        origins.opened_site_code,
        origins.cust_id,
        sum(
            case when receipts.business_date < openings.first_trading_day then receipts.sales end
        ) as net_sales_before,
        sum(
            case when receipts.business_date >= openings.first_trading_day then receipts.sales end
        ) as net_sales_since
    from origins
    inner join openings
        on origins.opened_site_code = openings.opened_site_code
    inner join receipts
        on
            origins.cust_id = receipts.cust_id
            and origins.origin_site_code = receipts.site_code
            and receipts.business_date between openings.before_starts_on and openings.window_ends_on
    where
        origins.origin_site_code <> 'UNKNOWN'
        and not {{ is_place_name('origins.origin_site_code') }}
    group by origins.opened_site_code, origins.cust_id
)

select
    buyers.opened_site_code,
    buyers.cust_id,
    cast(buyers.transaction_count as bigint) as transaction_count,
    cast(buyers.net_sales as numeric(18, 2)) as net_sales,
    cast(coalesce(origin_sales.net_sales_before, 0) as numeric(18, 2))
        as net_sales_at_origin_before,
    cast(coalesce(origin_sales.net_sales_since, 0) as numeric(18, 2))
        as net_sales_at_origin_since,
    coalesce(origins.origin_site_code, 'NEW_TO_BU') as origin_site_code
from buyers
left join origins
    on
        buyers.opened_site_code = origins.opened_site_code
        and buyers.cust_id = origins.cust_id
left join origin_sales
    on
        buyers.opened_site_code = origin_sales.opened_site_code
        and buyers.cust_id = origin_sales.cust_id
