-- One row a member whose lots that are due, or soon will be, may have changed since the last
-- published build: those whose balances may have, and those with lots that come to be looked at
-- between the two as-of dates. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('int_touched__balances') }}
-- depends_on: {{ ref('int_koin__positions') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('int_touched__balances') }}
    union
    select cust_id from {{ ref('int_koin__positions') }}
    where
        is_lot
        and {{ is_in_as_of_gap(date_add_days('expires_on', -(koin_due_horizons() | max))) }}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
