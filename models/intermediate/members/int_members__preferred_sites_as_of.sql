-- One row a member and scope with the preferred site as of the run. The scope is ALL or a business
-- unit. The site that the member chose, else the one with most receipts in the 12 months to the
-- as-of date. Nothing is known of an erased member.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with chosen as (
    select * from {{ ref('int_members__preferred_sites') }}
    where
        is_chosen
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

members as (
    select * from {{ ref('dim_members') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
        and cust_id is not null
        and site_code <> 'UNKNOWN'
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
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

visits as (
    select
        receipts.cust_id,
        receipts.site_code,
        count(*) as receipt_count,
        max(receipts.trx_ts) as last_visit_ts
    from receipts
    inner join run
        on {{ few_rows_condition(
            'receipts.business_date >= ' ~ twelve_months_start('run.as_of_date')
        ) }}
    left join members
        on receipts.cust_id = members.cust_id
    where not coalesce(members.is_erased, false)
    group by receipts.cust_id, receipts.site_code
),

ranked as (
    select
        visits.cust_id,
        scopes.scope_code,
        visits.site_code,
        row_number() over (
            partition by visits.cust_id, scopes.scope_code
            order by
                visits.receipt_count desc nulls last,
                visits.last_visit_ts desc nulls last,
                {{ text_order('visits.site_code') }}
        ) as site_rank
    from visits
    inner join scopes
        on visits.site_code = scopes.site_code
    left join chosen
        on
            visits.cust_id = chosen.cust_id
            and scopes.scope_code = chosen.scope_code
    where chosen.cust_id is null
),

preferred as (
    select
        cust_id,
        scope_code,
        site_code,
        is_chosen
    from chosen
    union all
    select
        cust_id,
        scope_code,
        site_code,
        false as is_chosen
    from ranked
    where site_rank = 1
)

select
    preferred.cust_id,
    preferred.scope_code,
    preferred.site_code,
    preferred.is_chosen,
    sites.site_name,
    sites.bu_code,
    sites.city,
    sites.area_manager
from preferred
inner join sites
    on preferred.site_code = sites.site_code
