-- One row a newly opened store and origin of the members who bought there in its first days: the
-- store that was their main one, REACTIVATED, NEW_TO_BU, and ALL. A member has one origin, so
-- members add up; ALL's sales of origin stores are those of each store once. Columns up to
-- site_net_sales repeat the opening's.

with openings as (
    select * from {{ ref('int_site_openings__openings') }}
),

buyers as (
    select * from {{ ref('int_site_openings__buyers') }}
),

relocations as (
    select * from {{ ref('int_site_openings__relocations') }}
    where is_relocation
),

recap as (
    select * from {{ ref('sales_recap_daily') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

origins as (
    select
        opened_site_code,
        origin_site_code,
        count(*) as member_count,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales,
        sum(net_sales_at_origin_before) as member_sales_at_origin_before,
        sum(net_sales_at_origin_since) as member_sales_at_origin_since
    from buyers
    group by opened_site_code, origin_site_code
),

-- Everybody's sales, of the origin stores and of the new store itself.
site_sales as (
    select
        openings.opened_site_code,
        recap.site_code,
        sum(case when recap.business_date < openings.first_trading_day then recap.net_sales end)
            as net_sales_before,
        sum(case when recap.business_date >= openings.first_trading_day then recap.net_sales end)
            as net_sales_since
    from openings
    inner join recap
        on recap.business_date between openings.before_starts_on and openings.window_ends_on
    group by openings.opened_site_code, recap.site_code
),

origin_rows as (
    select
        origins.opened_site_code,
        origins.origin_site_code,
        origins.member_count,
        origins.transaction_count,
        origins.net_sales,
        origins.member_sales_at_origin_before,
        origins.member_sales_at_origin_since,
        case
            when sites.is_known then coalesce(site_sales.net_sales_before, 0)
        end as origin_sales_before,
        case
            when sites.is_known then coalesce(site_sales.net_sales_since, 0)
        end as origin_sales_since
    from origins
    left join sites
        on
            origins.origin_site_code = sites.site_code
            and not {{ is_place_name('origins.origin_site_code') }}
    left join site_sales
        on
            origins.opened_site_code = site_sales.opened_site_code
            and origins.origin_site_code = site_sales.site_code
),

with_all as (
    select
        opened_site_code,
        origin_site_code,
        member_count,
        transaction_count,
        net_sales,
        member_sales_at_origin_before,
        member_sales_at_origin_since,
        origin_sales_before,
        origin_sales_since
    from origin_rows
    union all
    select
        openings.opened_site_code,
        'ALL' as origin_site_code,
        coalesce(sum(origin_rows.member_count), 0) as member_count,
        coalesce(sum(origin_rows.transaction_count), 0) as transaction_count,
        coalesce(sum(origin_rows.net_sales), 0) as net_sales,
        coalesce(sum(origin_rows.member_sales_at_origin_before), 0)
            as member_sales_at_origin_before,
        coalesce(sum(origin_rows.member_sales_at_origin_since), 0) as member_sales_at_origin_since,
        coalesce(sum(origin_rows.origin_sales_before), 0) as origin_sales_before,
        coalesce(sum(origin_rows.origin_sales_since), 0) as origin_sales_since
    from openings
    left join origin_rows
        on openings.opened_site_code = origin_rows.opened_site_code
    group by openings.opened_site_code
),

opening_members as (
    select
        opened_site_code,
        member_count
    from with_all
    where origin_site_code = 'ALL'
)

select
    with_all.opened_site_code,
    with_all.origin_site_code,
    openings.opened_site_name,
    coalesce(sites.site_name, with_all.origin_site_code) as origin_site_name,
    openings.bu_code,
    openings.opened_on,
    openings.first_trading_day,
    openings.window_ends_on,
    openings.is_mature,
    openings.has_full_history,
    main_relocations.closed_site_code as relocated_from_site_code,
    cast(coalesce(site_sales.net_sales_since, 0) as numeric(18, 2)) as site_net_sales,
    relocations.closed_site_code is not null as is_relocation,
    cast(with_all.member_count as bigint) as member_count,
    {{ safe_divide('with_all.member_count', 'opening_members.member_count') }} as member_share,
    cast(with_all.transaction_count as bigint) as transaction_count,
    cast(with_all.net_sales as numeric(18, 2)) as net_sales,
    {{ safe_divide('with_all.net_sales', 'site_sales.net_sales_since') }} as share_of_site_sales,
    cast(with_all.member_sales_at_origin_before as numeric(18, 2))
        as member_sales_at_origin_before,
    cast(with_all.member_sales_at_origin_since as numeric(18, 2)) as member_sales_at_origin_since,
    cast(with_all.origin_sales_before as numeric(18, 2)) as origin_sales_before,
    cast(with_all.origin_sales_since as numeric(18, 2)) as origin_sales_since,
    cast(
        case
            when openings.is_mature and openings.is_before_known
                then with_all.origin_sales_since - with_all.origin_sales_before
        end as numeric(18, 2)
    ) as origin_sales_change,
    {{ safe_divide(
        'case
            when openings.is_mature and openings.is_before_known
                then with_all.origin_sales_since - with_all.origin_sales_before
        end',
        'with_all.origin_sales_before'
    ) }} as origin_sales_change_pct
from with_all
inner join openings
    on with_all.opened_site_code = openings.opened_site_code
inner join opening_members
    on with_all.opened_site_code = opening_members.opened_site_code
left join site_sales
    on
        with_all.opened_site_code = site_sales.opened_site_code
        and with_all.opened_site_code = site_sales.site_code
left join sites
    on
        with_all.origin_site_code = sites.site_code
        and not {{ is_place_name('with_all.origin_site_code') }}
left join relocations
    on
        with_all.opened_site_code = relocations.opened_site_code
        and with_all.origin_site_code = relocations.closed_site_code
left join relocations as main_relocations
    on
        with_all.opened_site_code = main_relocations.opened_site_code
        and main_relocations.is_main_of_opened
