-- A member who never chose a site and whose preferred site at a closure is not the one that the
-- monthly preferred sites say; both go by receipts.

with closures as (
    select * from {{ ref('int_site_closures__closures') }}
),

preferences as (
    select * from {{ ref('int_site_closures__preferences') }}
),

choices as (
    select cust_id
    from {{ ref('int_members__chosen_sites') }}
    where site_code is not null
    group by cust_id
),

preferred_sites as (
    select * from {{ ref('int_members__preferred_sites') }}
    where not is_chosen
),

monthly as (
    select
        closures.closed_site_code,
        preferred_sites.cust_id
    from closures
    inner join preferred_sites
        on
            closures.closed_site_code = preferred_sites.site_code
            and closures.bu_code = preferred_sites.scope_code
            and {{ date_add_days('closures.preference_date', 1) }} >= preferred_sites.valid_from
            and {{ date_add_days('closures.preference_date', 1) }} < preferred_sites.valid_to
    left join choices
        on preferred_sites.cust_id = choices.cust_id
    where choices.cust_id is null
),

at_closure as (
    select
        preferences.closed_site_code,
        preferences.cust_id
    from preferences
    left join choices
        on preferences.cust_id = choices.cust_id
    where choices.cust_id is null
)

select
    coalesce(monthly.closed_site_code, at_closure.closed_site_code) as closed_site_code,
    coalesce(monthly.cust_id, at_closure.cust_id) as cust_id
from monthly
full outer join at_closure
    on
        monthly.closed_site_code = at_closure.closed_site_code
        and monthly.cust_id = at_closure.cust_id
where
    monthly.cust_id is null
    or at_closure.cust_id is null
