-- One row a closed store and destination of its members in the days after: a store of the same
-- business unit, ONLINE (the unit's online purchases), ALL of these, NOT_RETURNED, and GROUP_ONLINE
-- (online stores of other units, which is no return). Members at destinations overlap: only
-- first_member_count and first_net_sales add up. Columns up to control_sales_ratio repeat the
-- closure's.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

base as (
    select * from {{ ref('int_site_closures__base') }}
),

receipts as (
    select * from {{ ref('int_site_closures__receipts') }}
    where is_after
),

retention as (
    select * from {{ ref('int_site_closures__retention') }}
),

relocations as (
    select * from {{ ref('int_site_openings__relocations') }}
    where is_relocation
),

sites as (
    select * from {{ ref('dim_sites') }}
),

-- The first destination is that of the earliest receipt, of several at one moment the one with the
-- first key.
ranked_receipts as (
    select
        closed_site_code,
        cust_id,
        place_code,
        row_number() over (
            partition by closed_site_code, cust_id
            order by trx_ts, {{ text_order('receive_main_id') }}
        ) as receipt_rank
    from receipts
    where
        is_same_bu
        and is_transaction
),

member_totals as (
    select
        closed_site_code,
        cust_id,
        sum(case when is_same_bu then sales else 0 end) as net_sales
    from receipts
    group by closed_site_code, cust_id
),

members as (
    select
        base.closed_site_code,
        base.cust_id,
        coalesce(member_totals.net_sales, 0) as net_sales,
        coalesce(ranked_receipts.place_code, 'NOT_RETURNED') as first_place_code
    from base
    left join ranked_receipts
        on
            base.closed_site_code = ranked_receipts.closed_site_code
            and base.cust_id = ranked_receipts.cust_id
            and ranked_receipts.receipt_rank = 1
    left join member_totals
        on
            base.closed_site_code = member_totals.closed_site_code
            and base.cust_id = member_totals.cust_id
),

closure_members as (
    select
        closed_site_code,
        count(*) as member_count,
        sum(case when first_place_code <> 'NOT_RETURNED' then 1 else 0 end) as member_return
    from members
    group by closed_site_code
),

first_places as (
    select
        closed_site_code,
        first_place_code as place_code,
        count(*) as first_member_count,
        sum(net_sales) as first_net_sales
    from members
    group by closed_site_code, first_place_code
),

place_receipts as (
    select
        closed_site_code,
        cust_id,
        place_code,
        is_transaction,
        sales
    from receipts
    union all
    select
        closed_site_code,
        cust_id,
        'ALL' as place_code,
        is_transaction,
        sales
    from receipts
    where is_same_bu
),

place_members as (
    select
        closed_site_code,
        cust_id,
        place_code,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales
    from place_receipts
    group by closed_site_code, cust_id, place_code
),

places as (
    select
        place_members.closed_site_code,
        place_members.place_code,
        sum(case when place_members.transaction_count > 0 then 1 else 0 end)
            as unique_member_count,
        sum(
            case
                when
                    place_members.transaction_count > 0
                    and members.first_place_code = 'NOT_RETURNED'
                    then 1
                else 0
            end
        ) as not_returned_member_count,
        sum(place_members.transaction_count) as transaction_count,
        sum(place_members.net_sales) as net_sales
    from place_members
    inner join members
        on
            place_members.closed_site_code = members.closed_site_code
            and place_members.cust_id = members.cust_id
    group by place_members.closed_site_code, place_members.place_code
),

spine as (
    select
        closed_site_code,
        place_code
    from places
    {% for place in ['ALL', 'ONLINE', 'NOT_RETURNED', 'GROUP_ONLINE'] -%}
        union
        select
            closed_site_code,
            '{{ place }}' as place_code
        from closures
    {% endfor %}
),

measured as (
    select
        spine.closed_site_code,
        spine.place_code,
        coalesce(closure_members.member_count, 0) as member_count,
        coalesce(closure_members.member_return, 0) as member_return,
        coalesce(places.transaction_count, 0) as transaction_count,
        coalesce(places.net_sales, 0) as net_sales,
        case
            when spine.place_code = 'ALL' then coalesce(closure_members.member_return, 0)
            else coalesce(first_places.first_member_count, 0)
        end as first_member_count,
        case
            when spine.place_code = 'ALL'
                then
                    coalesce(places.net_sales, 0)
                    - coalesce(not_returned.first_net_sales, 0)
            else coalesce(first_places.first_net_sales, 0)
        end as first_net_sales,
        case
            when spine.place_code = 'NOT_RETURNED'
                then coalesce(closure_members.member_count - closure_members.member_return, 0)
            else coalesce(places.unique_member_count, 0)
        end as unique_member_count,
        case
            when spine.place_code = 'NOT_RETURNED'
                then coalesce(closure_members.member_count - closure_members.member_return, 0)
            else coalesce(places.not_returned_member_count, 0)
        end as not_returned_member_count
    from spine
    left join closure_members
        on spine.closed_site_code = closure_members.closed_site_code
    left join places
        on
            spine.closed_site_code = places.closed_site_code
            and spine.place_code = places.place_code
    left join first_places
        on
            spine.closed_site_code = first_places.closed_site_code
            and spine.place_code = first_places.place_code
    left join first_places as not_returned
        on
            spine.closed_site_code = not_returned.closed_site_code
            and not_returned.place_code = 'NOT_RETURNED'
)

select
    measured.closed_site_code,
    measured.place_code as destination_site_code,
    closures.closed_site_name,
    coalesce(sites.site_name, measured.place_code) as destination_site_name,
    closures.bu_code,
    closures.closed_on,
    closures.last_trading_day,
    closures.window_ends_on,
    closures.is_mature,
    main_relocations.opened_site_code as relocated_to_site_code,
    cast(measured.member_count as bigint) as member_count,
    cast(measured.member_return as bigint) as member_return,
    {{ safe_divide('measured.member_return', 'measured.member_count') }} as pct_member_return,
    retention.net_sales_before,
    retention.retained_sales_ratio,
    retention.control_sales_ratio,
    measured.place_code not in ('NOT_RETURNED', 'GROUP_ONLINE') as is_return,
    relocations.opened_site_code is not null as is_relocation,
    cast(measured.unique_member_count as bigint) as unique_member_count,
    {{ safe_divide('measured.unique_member_count', 'measured.member_count') }}
        as unique_member_share,
    cast(measured.transaction_count as bigint) as transaction_count,
    cast(measured.net_sales as numeric(18, 2)) as net_sales,
    cast(measured.first_member_count as bigint) as first_member_count,
    cast(measured.first_net_sales as numeric(18, 2)) as first_net_sales,
    cast(measured.not_returned_member_count as bigint) as not_returned_member_count
from measured
inner join closures
    on measured.closed_site_code = closures.closed_site_code
inner join retention
    on measured.closed_site_code = retention.closed_site_code
left join sites
    on
        measured.place_code = sites.site_code
        and not {{ is_place_name('measured.place_code') }}
left join relocations
    on
        measured.closed_site_code = relocations.closed_site_code
        and measured.place_code = relocations.opened_site_code
left join relocations as main_relocations
    on
        measured.closed_site_code = main_relocations.closed_site_code
        and main_relocations.is_main_of_closed
