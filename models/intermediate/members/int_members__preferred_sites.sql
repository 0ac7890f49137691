-- One row a member, scope and period of one preferred site. The scope is ALL or a business unit
-- (then only its sites are looked at). A date takes the site of the last month-end before it:
-- periods begin on the first of a month. Nothing is known of an erased member. A period without any
-- site has no row.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__site_preferences'}
) }}

with members as (
    select * from {{ ref('dim_members') }}
    where {{ is_listed('cust_id', 'int_touched__site_preferences') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
        and site_code <> 'UNKNOWN'
        and {{ is_listed('cust_id', 'int_touched__site_preferences') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

scopes as (
    select
        site_code,
        'ALL' as scope_code
    from sites
    union all
    select
        site_code,
        bu_code as scope_code
    from sites
),

chosen as (
    select
        members.cust_id,
        scopes.scope_code,
        members.chosen_site_code as site_code
    from members
    inner join scopes
        on members.chosen_site_code = scopes.site_code
),

site_months as (
    select
        receipts.cust_id,
        receipts.site_code,
        {{ first_day_of_month('receipts.business_date') }} as month_start,
        count(*) as receipt_count,
        max(receipts.trx_ts) as last_visit_ts
    from receipts
    left join members
        on receipts.cust_id = members.cust_id
    where not coalesce(members.is_erased, false)
    group by
        receipts.cust_id,
        receipts.site_code,
        {{ first_day_of_month('receipts.business_date') }}
),

member_sites as (
    select
        cust_id,
        site_code,
        min(month_start) as first_month_start,
        max(month_start) as last_month_start
    from site_months
    group by cust_id, site_code
),

scoped_sites as (
    select
        member_sites.cust_id,
        scopes.scope_code,
        member_sites.site_code,
        member_sites.first_month_start,
        member_sites.last_month_start
    from member_sites
    inner join scopes
        on member_sites.site_code = scopes.site_code
    left join chosen
        on
            member_sites.cust_id = chosen.cust_id
            and scopes.scope_code = chosen.scope_code
    where chosen.cust_id is null
),

member_scopes as (
    select
        cust_id,
        scope_code,
        count(*) as site_count,
        min(site_code) as site_code,
        min(first_month_start) as first_month_start,
        max(last_month_start) as last_month_start
    from scoped_sites
    group by cust_id, scope_code
),

-- The only site of a scope has no rival: it is preferred for as long as any receipt counts. A
-- receipt counts at the month-ends of twelve months.
sole_sites as (
    select
        cust_id,
        scope_code,
        site_code,
        first_month_start,
        last_month_start,
        last_month_start > {{ add_months('first_month_start', 12) }} as may_lapse
    from member_scopes
    where site_count = 1
),

lapsing_sites as (
    select
        cust_id,
        site_code,
        last_month_start
    from sole_sites
    where may_lapse
    group by cust_id, site_code, last_month_start
),

lapsing_months as (
    select
        site_months.cust_id,
        site_months.site_code,
        site_months.month_start,
        lapsing_sites.last_month_start,
        lag(site_months.month_start) over (
            partition by site_months.cust_id, site_months.site_code
            order by site_months.month_start
        ) as previous_month_start
    from site_months
    inner join lapsing_sites
        on
            site_months.cust_id = lapsing_sites.cust_id
            and site_months.site_code = lapsing_sites.site_code
),

-- Months of receipts with no gap between them.
stays as (
    select
        cust_id,
        site_code,
        month_start as first_month_start,
        coalesce(
            lead(previous_month_start) over (
                partition by cust_id, site_code order by month_start
            ),
            last_month_start
        ) as last_month_start
    from lapsing_months
    where
        previous_month_start is null
        or {{ add_months('previous_month_start', 12) }} < month_start
),

sole_stays as (
    select
        cust_id,
        scope_code,
        site_code,
        first_month_start,
        last_month_start
    from sole_sites
    where not may_lapse
    union all
    select
        sole_sites.cust_id,
        sole_sites.scope_code,
        sole_sites.site_code,
        stays.first_month_start,
        stays.last_month_start
    from sole_sites
    inner join stays
        on
            sole_sites.cust_id = stays.cust_id
            and sole_sites.site_code = stays.site_code
    where sole_sites.may_lapse
),

sole_periods as (
    select
        sole_stays.cust_id,
        sole_stays.scope_code,
        sole_stays.site_code,
        {{ add_months('sole_stays.first_month_start', 1) }} as valid_from,
        case
            when {{ add_months('sole_stays.last_month_start', 12) }} <= run.as_of_date
                then {{ add_months('sole_stays.last_month_start', 13) }}
            else cast('9999-12-31' as date)
        end as valid_to
    from sole_stays
    cross join run
),

-- Sites that are rivals are ranked by numbers: sorting by text takes far longer.
rival_scopes as (
    select
        cust_id,
        scope_code,
        row_number() over (order by cust_id, scope_code) as scope_number
    from member_scopes
    where site_count > 1
),

numbered_sites as (
    select
        site_code,
        row_number() over (order by {{ text_order('site_code') }}) as site_number
    from sites
),

rival_sites as (
    select
        scoped_sites.cust_id,
        scoped_sites.site_code,
        rival_scopes.scope_number,
        numbered_sites.site_number
    from scoped_sites
    inner join rival_scopes
        on
            scoped_sites.cust_id = rival_scopes.cust_id
            and scoped_sites.scope_code = rival_scopes.scope_code
    inner join numbered_sites
        on scoped_sites.site_code = numbered_sites.site_code
),

rival_months as (
    select
        rival_sites.scope_number,
        rival_sites.site_number,
        site_months.month_start,
        site_months.receipt_count,
        site_months.last_visit_ts
    from site_months
    inner join rival_sites
        on
            site_months.cust_id = rival_sites.cust_id
            and site_months.site_code = rival_sites.site_code
),

steps as (
    select
        scope_number,
        site_number,
        month_start,
        receipt_count,
        last_visit_ts
    from rival_months
    union all
    select
        rival_months.scope_number,
        rival_months.site_number,
        {{ add_months('rival_months.month_start', 12) }} as month_start,
        -rival_months.receipt_count as receipt_count,
        cast(null as timestamp) as last_visit_ts
    from rival_months
    inner join run
        on {{ few_rows_condition(
            add_months('rival_months.month_start', 12) ~ ' <= run.as_of_date'
        ) }}
),

-- Of the steps of a month, in whatever order all these windows see them, the last has the totals
-- of all of them.
site_totals as (
    select
        scope_number,
        site_number,
        month_start,
        cast(
            sum(receipt_count) over (
                partition by scope_number, site_number
                order by month_start
                rows between unbounded preceding and current row
            ) as bigint
        ) as receipt_count,
        max(last_visit_ts) over (
            partition by scope_number, site_number
            order by month_start
            rows between unbounded preceding and current row
        ) as last_visit_ts,
        coalesce(
            lead(month_start) over (
                partition by scope_number, site_number order by month_start
            ),
            cast('9999-12-31' as date)
        ) as next_month_start
    from steps
),

site_counts as (
    select * from site_totals
    where next_month_start > month_start
),

months as (
    select
        scope_number,
        month_start
    from site_counts
    group by scope_number, month_start
),

ranked as (
    select
        months.scope_number,
        months.month_start,
        site_counts.site_number,
        row_number() over (
            partition by months.scope_number, months.month_start
            order by
                site_counts.receipt_count desc nulls last,
                site_counts.last_visit_ts desc nulls last,
                site_counts.site_number asc nulls last
        ) as site_rank
    from months
    left join site_counts
        on
            months.scope_number = site_counts.scope_number
            and months.month_start >= site_counts.month_start
            and months.month_start < site_counts.next_month_start
            and site_counts.receipt_count > 0
),

with_previous as (
    select
        scope_number,
        month_start,
        site_number,
        lag(site_number) over (partition by scope_number order by month_start)
            as previous_site_number
    from ranked
    where site_rank = 1
),

changes as (
    select
        scope_number,
        site_number,
        month_start
    from with_previous
    where coalesce(site_number, 0) <> coalesce(previous_site_number, 0)
),

periods as (
    select
        scope_number,
        site_number,
        month_start,
        lead(month_start) over (partition by scope_number order by month_start)
            as next_month_start
    from changes
),

site_periods as (
    select
        rival_scopes.cust_id,
        rival_scopes.scope_code,
        numbered_sites.site_code,
        {{ add_months('periods.month_start', 1) }} as valid_from,
        coalesce(
            {{ add_months('periods.next_month_start', 1) }}, cast('9999-12-31' as date)
        ) as valid_to,
        false as is_chosen
    from periods
    inner join rival_scopes
        on periods.scope_number = rival_scopes.scope_number
    inner join numbered_sites
        on periods.site_number = numbered_sites.site_number
    union all
    select
        cust_id,
        scope_code,
        site_code,
        valid_from,
        valid_to,
        false as is_chosen
    from sole_periods
    union all
    select
        cust_id,
        scope_code,
        site_code,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        true as is_chosen
    from chosen
)

select
    site_periods.cust_id,
    site_periods.scope_code,
    site_periods.site_code,
    sites.bu_code,
    sites.area_manager,
    site_periods.is_chosen,
    site_periods.valid_from,
    site_periods.valid_to
from site_periods
inner join sites
    on site_periods.site_code = sites.site_code
