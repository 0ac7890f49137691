-- One row a member of whom anything may have changed since the last published build. An entry of
-- the koin ledger may name another member's entry: the two are touched together. Empty in a build
-- from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_koin_entries') }}
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('int_touched__profiles') }}
-- depends_on: {{ ref('int_touched__receipts') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
{% if is_incremental_run() -%}
    with recursive koin_entries as (
        select * from {{ ref('stg_cohesive__koin_entries') }}
    ),

    touched as (
        select cust_id from {{ ref('int_touched__profiles') }}
        union
        select cust_id from {{ ref('stg_loads__changed_receipts') }}
        union
        select cust_id from {{ ref('stg_loads__changed_koin_entries') }}
        union
        select cust_id from {{ ref('stg_cohesive__receipts') }}
        where {{ is_listed('receive_main_id', 'int_touched__receipts') }}
        union
        select cust_id from koin_entries
        where
            {{ is_in_as_of_gap('cast(entry_ts as date)') }}
            or {{ is_listed('source_koin_id', 'stg_loads__changed_koin_entries', 'koin_id') }}
            or {{ is_listed('koin_id', 'stg_loads__changed_koin_entries', 'source_koin_id') }}
    ),

    cross_references as (
        select
            naming.cust_id,
            named.cust_id as other_cust_id
        from koin_entries as naming
        inner join koin_entries as named
            on naming.source_koin_id = named.koin_id
        where naming.cust_id <> named.cust_id
    ),

    neighbours as (
        select
            cust_id,
            other_cust_id
        from cross_references
        union
        select
            other_cust_id as cust_id,
            cust_id as other_cust_id
        from cross_references
    ),

    reached as (
        select cust_id from touched
        where cust_id is not null
        union
        select neighbours.other_cust_id as cust_id
        from reached
        inner join neighbours
            on reached.cust_id = neighbours.cust_id
    )

    select cust_id from reached
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
