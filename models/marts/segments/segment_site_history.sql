-- One row a member and store with receipts since Cohesive.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with site_purchases as (
    select * from {{ ref('int_segments__site_purchases') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

preferred_sites as (
    select * from {{ ref('int_members__preferred_sites_as_of') }}
    where
        scope_code = 'ALL'
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

member_sites as (
    select
        cust_id,
        site_code,
        site_type,
        site_bu_code,
        {% for period in history_periods() -%}
            {% for kind in history_channels() -%}
                cast(sum({{ kind }}transaction_count_{{ period }}) as bigint)
                    as {{ kind }}transaction_count_{{ period }},
                cast(sum({{ kind }}net_sales_{{ period }}) as numeric(18, 2))
                    as {{ kind }}net_sales_{{ period }},
            {% endfor -%}
        {% endfor -%}
        min(first_transaction_date) as first_transaction_date,
        max(last_transaction_date) as last_transaction_date
    from site_purchases
    group by cust_id, site_code, site_type, site_bu_code
)

select
    member_sites.cust_id,
    member_sites.site_code,
    member_sites.site_bu_code as bu_code,
    member_sites.site_type,
    member_sites.first_transaction_date,
    {% for period in history_periods() -%}
        {% for kind in history_channels() -%}
            member_sites.{{ kind }}transaction_count_{{ period }},
            member_sites.{{ kind }}net_sales_{{ period }},
        {% endfor -%}
    {% endfor -%}
    member_sites.last_transaction_date,
    preferred_sites.site_code is not null as is_preferred_site
from member_sites
left join preferred_sites
    on
        member_sites.cust_id = preferred_sites.cust_id
        and member_sites.site_code = preferred_sites.site_code
