-- One row a koin movement whose facts may have changed since the last published build: what may
-- have other figures, and the movements of members who may have another tier. Empty in a build
-- from nothing.
-- depends_on: {{ ref('int_touched__koin_entries') }}
-- depends_on: {{ ref('int_touched__profiles') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
{% if is_incremental_run() -%}
    select koin_id from {{ ref('int_touched__koin_entries') }}
    union
    select koin_id from {{ ref('stg_cohesive__koin_entries') }}
    where {{ is_listed('cust_id', 'int_touched__profiles') }}
{%- else -%}
    select cast(null as varchar) as koin_id
    where false
{%- endif %}
