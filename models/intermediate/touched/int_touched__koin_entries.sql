-- One row a koin movement whose figures may have changed since the last published build: all of
-- touched members, and those that came or went. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__changed_koin_entries') }}
-- depends_on: {{ ref('int_touched__members') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
{% if is_incremental_run() -%}
    select koin_id from {{ ref('stg_loads__changed_koin_entries') }}
    union
    select koin_id from {{ ref('stg_cohesive__koin_entries') }}
    where {{ is_listed('cust_id', 'int_touched__members') }}
{%- else -%}
    select cast(null as varchar) as koin_id
    where false
{%- endif %}
