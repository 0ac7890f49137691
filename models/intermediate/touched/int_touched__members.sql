-- One row a member of whom anything may have changed since the last published build. Empty in a
-- build from nothing.
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('int_touched__profiles') }}
-- depends_on: {{ ref('int_touched__receipts') }}
-- depends_on: {{ ref('int_touched__ledgers') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('int_touched__profiles') }}
    union
    select cust_id from {{ ref('int_touched__ledgers') }}
    union
    select cust_id from {{ ref('stg_loads__changed_receipts') }}
    where cust_id is not null
    union
    select cust_id from {{ ref('stg_cohesive__receipts') }}
    where
        cust_id is not null
        and {{ is_listed('receive_main_id', 'int_touched__receipts') }}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
