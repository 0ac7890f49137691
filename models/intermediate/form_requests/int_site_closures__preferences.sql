-- One row a closed store and member whose preferred site of its business unit it was at the
-- closure: the site that the member had chosen by then, else the one with most receipts in the
-- twelve months to the last month-end. Nothing is known of an erased member.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

members as (
    select * from {{ ref('dim_members') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

chosen_sites as (
    select * from {{ ref('int_members__chosen_sites') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
        and site_code <> 'UNKNOWN'
),

-- Of the business unit's own sites; a choice elsewhere says nothing of it.
choices as (
    select
        chosen_sites.cust_id,
        chosen_sites.site_code,
        sites.bu_code,
        chosen_sites.valid_from,
        chosen_sites.valid_to,
        chosen_sites.is_first_known
    from chosen_sites
    inner join sites
        on chosen_sites.site_code = sites.site_code
),

visitors as (
    select
        closures.closed_site_code,
        closures.bu_code,
        closures.preference_since,
        closures.preference_date,
        closures.last_trading_day,
        receipts.cust_id
    from receipts
    inner join closures
        on
            receipts.site_code = closures.closed_site_code
            and receipts.business_date between closures.preference_since
            and closures.preference_date
    left join members
        on receipts.cust_id = members.cust_id
    where not coalesce(members.is_erased, false)
    group by
        closures.closed_site_code,
        closures.bu_code,
        closures.preference_since,
        closures.preference_date,
        closures.last_trading_day,
        receipts.cust_id
),

visits as (
    select
        visitors.closed_site_code,
        visitors.bu_code,
        visitors.last_trading_day,
        visitors.cust_id,
        receipts.site_code,
        count(*) as receipt_count,
        max(receipts.trx_ts) as last_visit_ts
    from visitors
    inner join receipts
        on
            visitors.cust_id = receipts.cust_id
            and receipts.business_date between visitors.preference_since
            and visitors.preference_date
    inner join sites
        on
            receipts.site_code = sites.site_code
            and visitors.bu_code = sites.bu_code
    group by
        visitors.closed_site_code,
        visitors.bu_code,
        visitors.last_trading_day,
        visitors.cust_id,
        receipts.site_code
),

ranked as (
    select
        closed_site_code,
        bu_code,
        last_trading_day,
        cust_id,
        site_code,
        row_number() over (
            partition by closed_site_code, cust_id
            order by
                receipt_count desc nulls last,
                last_visit_ts desc nulls last,
                {{ text_order('site_code') }}
        ) as site_rank
    from visits
),

most_visited as (
    select
        ranked.closed_site_code,
        ranked.cust_id
    from ranked
    left join choices
        on
            ranked.cust_id = choices.cust_id
            and ranked.bu_code = choices.bu_code
            and ranked.last_trading_day >= choices.valid_from
            and ranked.last_trading_day < choices.valid_to
    where
        ranked.site_rank = 1
        and ranked.site_code = ranked.closed_site_code
        and choices.cust_id is null
),

-- A first version from after the closure that names the closed store tells of a choice from before:
-- nobody chooses a store that is gone. One that names another store says nothing of then.
chosen as (
    select
        closures.closed_site_code,
        choices.cust_id
    from closures
    inner join choices
        on closures.closed_site_code = choices.site_code
    inner join members
        on choices.cust_id = members.cust_id
    where
        not members.is_erased
        and coalesce(cast(members.registered_at as date) <= closures.last_trading_day, true)
        and closures.last_trading_day < choices.valid_to
        and (closures.last_trading_day >= choices.valid_from or choices.is_first_known)
)

select
    closed_site_code,
    cust_id,
    true as is_chosen
from chosen
union all
select
    most_visited.closed_site_code,
    most_visited.cust_id,
    false as is_chosen
from most_visited
left join chosen
    on
        most_visited.closed_site_code = chosen.closed_site_code
        and most_visited.cust_id = chosen.cust_id
where chosen.cust_id is null
