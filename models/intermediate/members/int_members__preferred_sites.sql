-- One row a member, scope and period of one preferred site. The scope is ALL or a business unit
-- (then only its sites are looked at). A date takes the site of the last month-end before it:
-- periods begin on the first of a month. Nothing is known of an erased member. A period without any
-- site has no row.

with members as (
    select * from {{ ref('dim_members') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
        and site_code <> 'UNKNOWN'
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

-- A receipt counts at the month-ends of twelve months.
steps as (
    select
        cust_id,
        site_code,
        month_start,
        receipt_count,
        last_visit_ts
    from site_months
    union all
    select
        cust_id,
        site_code,
        {{ add_months('month_start', 12) }} as month_start,
        -receipt_count as receipt_count,
        cast(null as timestamp) as last_visit_ts
    from site_months
),

site_steps as (
    select
        cust_id,
        site_code,
        month_start,
        sum(receipt_count) as receipt_count,
        max(last_visit_ts) as last_visit_ts
    from steps
    group by cust_id, site_code, month_start
),

site_counts as (
    select
        cust_id,
        site_code,
        month_start,
        sum(receipt_count) over (
            partition by cust_id, site_code
            order by month_start
            rows between unbounded preceding and current row
        ) as receipt_count,
        max(last_visit_ts) over (
            partition by cust_id, site_code
            order by month_start
            rows between unbounded preceding and current row
        ) as last_visit_ts,
        lead(month_start) over (partition by cust_id, site_code order by month_start)
            as next_month_start
    from site_steps
),

scoped_counts as (
    select
        site_counts.cust_id,
        scopes.scope_code,
        site_counts.site_code,
        site_counts.month_start,
        site_counts.next_month_start,
        site_counts.receipt_count,
        site_counts.last_visit_ts
    from site_counts
    inner join run
        on {{ few_rows_condition('site_counts.month_start <= run.as_of_date') }}
    inner join scopes
        on site_counts.site_code = scopes.site_code
    left join chosen
        on
            site_counts.cust_id = chosen.cust_id
            and scopes.scope_code = chosen.scope_code
    where chosen.cust_id is null
),

months as (
    select
        cust_id,
        scope_code,
        month_start
    from scoped_counts
    group by cust_id, scope_code, month_start
),

ranked as (
    select
        months.cust_id,
        months.scope_code,
        months.month_start,
        scoped_counts.site_code,
        row_number() over (
            partition by months.cust_id, months.scope_code, months.month_start
            order by
                scoped_counts.receipt_count desc nulls last,
                scoped_counts.last_visit_ts desc nulls last,
                {{ text_order('scoped_counts.site_code') }}
        ) as site_rank
    from months
    left join scoped_counts
        on
            months.cust_id = scoped_counts.cust_id
            and months.scope_code = scoped_counts.scope_code
            and months.month_start >= scoped_counts.month_start
            and months.month_start < scoped_counts.next_month_start
            and scoped_counts.receipt_count > 0
),

with_previous as (
    select
        cust_id,
        scope_code,
        month_start,
        site_code,
        lag(site_code) over (partition by cust_id, scope_code order by month_start)
            as previous_site_code
    from ranked
    where site_rank = 1
),

changes as (
    select
        cust_id,
        scope_code,
        site_code,
        {{ add_months('month_start', 1) }} as valid_from
    from with_previous
    where coalesce(site_code, '') <> coalesce(previous_site_code, '')
),

periods as (
    select
        cust_id,
        scope_code,
        site_code,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by cust_id, scope_code order by valid_from),
            cast('9999-12-31' as date)
        ) as valid_to
    from changes
),

site_periods as (
    select
        cust_id,
        scope_code,
        site_code,
        valid_from,
        valid_to,
        false as is_chosen
    from periods
    where site_code is not null
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
