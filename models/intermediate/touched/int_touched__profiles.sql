-- One row a member who may be another since the last published build: a row of the member or a
-- tier period came or went, or takes effect between the two as-of dates. Empty in a build from
-- nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_members') }}
-- depends_on: {{ ref('stg_cohesive__members') }}
-- depends_on: {{ ref('stg_cohesive__member_tiers') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('stg_loads__changed_members') }}
    union
    select cust_id from {{ ref('stg_cohesive__members') }}
    where
        {{ is_in_as_of_gap('cast(registered_at as date)') }}
        or {{ is_in_as_of_gap('cast(activated_at as date)') }}
        or {{ is_in_as_of_gap('cast(erased_at as date)') }}
    union
    select cust_id from {{ ref('stg_cohesive__member_tiers') }}
    where {{ is_in_as_of_gap('valid_from') }}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
