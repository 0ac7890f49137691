-- One row a member whose preferred sites may have changed since the last published build: touched
-- members; everybody when stores changed, or a month-end passed. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__days') }}
-- depends_on: {{ ref('int_touched__members') }}
-- depends_on: {{ ref('stg_cohesive__members') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('int_touched__members') }}
    {% if as_of_dates().is_other_month or changed_load_days('cohesive.tbl_site') -%}
        union
        select cust_id from {{ ref('stg_cohesive__members') }}
        union
        select cust_id from {{ ref('stg_cohesive__receipts') }}
        where cust_id is not null
    {%- endif %}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
