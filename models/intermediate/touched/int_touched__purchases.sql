-- One row a member whose history of purchases may have changed since the last published build:
-- those whose preferred sites may have; those with a receipt that left a period, or who came back
-- lately; everybody when products changed, or the as-of date is an earlier one. Empty in a build
-- from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('int_touched__site_preferences') }}
-- depends_on: {{ ref('fct_receipts') }}
-- depends_on: {{ ref('dim_members') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('int_touched__site_preferences') }}
    union
    select cust_id from {{ ref('fct_receipts') }}
    where
        cust_id is not null
        and (
            {{ left_with('business_date', l1y_starts_on) }}
            or {{ left_with('business_date', twelve_months_start) }}
        )
    union
    select cust_id from {{ table_of('int_segments__purchase_gaps') }}
    where is_back_lately
    {% if changed_load_days('cohesive.tbl_product') or as_of_dates().is_backward -%}
        union
        select cust_id from {{ ref('dim_members') }}
    {%- endif %}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
