-- One row a closed and an opened store of one business unit that are close in time, with the
-- members of the one who bought at the other in its first days. It is a relocation when they are
-- enough of those who came back at all.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

base as (
    select * from {{ ref('int_site_closures__base') }}
),

base_receipts as (
    select * from {{ ref('int_site_closures__receipts') }}
    where
        is_same_bu
        and is_after
        and is_transaction
),

openings as (
    select * from {{ ref('int_site_openings__openings') }}
),

buyers as (
    select * from {{ ref('int_site_openings__buyers') }}
),

pairs as (
    select
        closures.closed_site_code,
        openings.opened_site_code,
        {{ date_diff_days('closures.last_trading_day', 'openings.first_trading_day') }}
            as days_apart
    from closures
    inner join openings
        on
            closures.bu_code = openings.bu_code
            and closures.closed_site_code <> openings.opened_site_code
    where
        {{ date_diff_days('closures.last_trading_day', 'openings.first_trading_day') }}
        between -{{ var('relocation_days') }} and {{ var('relocation_days') }}
),

shared_members as (
    select
        pairs.closed_site_code,
        pairs.opened_site_code,
        count(*) as shared_member_count
    from pairs
    inner join buyers
        on pairs.opened_site_code = buyers.opened_site_code
    inner join base
        on
            pairs.closed_site_code = base.closed_site_code
            and buyers.cust_id = base.cust_id
    group by pairs.closed_site_code, pairs.opened_site_code
),

returned_members as (
    select
        closed_site_code,
        count(distinct cust_id) as member_return
    from base_receipts
    group by closed_site_code
),

compared as (
    select
        pairs.closed_site_code,
        pairs.opened_site_code,
        pairs.days_apart,
        coalesce(shared_members.shared_member_count, 0) as shared_member_count,
        coalesce(returned_members.member_return, 0) as member_return
    from pairs
    left join shared_members
        on
            pairs.closed_site_code = shared_members.closed_site_code
            and pairs.opened_site_code = shared_members.opened_site_code
    left join returned_members
        on pairs.closed_site_code = returned_members.closed_site_code
),

judged as (
    select
        closed_site_code,
        opened_site_code,
        days_apart,
        shared_member_count,
        member_return,
        shared_member_count > 0
        and shared_member_count * 100 >= member_return * {{ var('relocation_min_percent') }}
            as is_relocation
    from compared
)

select
    closed_site_code,
    opened_site_code,
    days_apart,
    cast(shared_member_count as bigint) as shared_member_count,
    cast(member_return as bigint) as member_return,
    is_relocation,
    is_relocation and row_number() over (
        partition by closed_site_code
        order by shared_member_count desc nulls last, {{ text_order('opened_site_code') }}
    ) = 1 as is_main_of_closed,
    is_relocation and row_number() over (
        partition by opened_site_code
        order by shared_member_count desc nulls last, {{ text_order('closed_site_code') }}
    ) = 1 as is_main_of_opened
from judged
