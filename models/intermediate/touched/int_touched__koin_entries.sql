-- One row a koin movement whose figures may have changed since the last published build: those of
-- touched ledgers from the touched time on, and those that came or went. Empty in a build from
-- nothing.
-- depends_on: {{ ref('stg_loads__changed_koin_entries') }}
-- depends_on: {{ ref('int_touched__ledgers') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
{% if is_incremental_run() -%}
    with koin_entries as (
        select * from {{ ref('stg_cohesive__koin_entries') }}
    ),

    ledgers as (
        select * from {{ ref('int_touched__ledgers') }}
    )

    select koin_id from {{ ref('stg_loads__changed_koin_entries') }}
    union
    select koin_entries.koin_id
    from koin_entries
    inner join ledgers
        on
            koin_entries.cust_id = ledgers.cust_id
            and koin_entries.entry_ts >= ledgers.touched_from
{%- else -%}
    select cast(null as varchar) as koin_id
    where false
{%- endif %}
