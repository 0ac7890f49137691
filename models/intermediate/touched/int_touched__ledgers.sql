-- One row a member whose koin ledger may have changed since the last published build, and the time
-- from which on: that of the earliest entry that came or went, lies between the two as-of dates,
-- names one that came or went, or is named by one of another member. An entry follows from those
-- before it. Where one names an entry of another member, or of a later time, the members are
-- touched together, and from their first entries on. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_koin_entries') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
{% if is_incremental_run() -%}
    with recursive koin_entries {{ as_inlined() }} (
        select * from {{ ref('stg_cohesive__koin_entries') }}
    ),

    changed as (
        select * from {{ ref('stg_loads__changed_koin_entries') }}
    ),

    -- A row without member or time is in no ledger; other versions of its entry are listed beside.
    touched_entries as (
        select
            cust_id,
            entry_ts
        from changed
        where
            cust_id is not null
            and entry_ts is not null
        union all
        select
            cust_id,
            entry_ts
        from koin_entries
        where
            {{ is_in_as_of_gap('cast(entry_ts as date)') }}
            or {{ is_listed('source_koin_id', 'stg_loads__changed_koin_entries', 'koin_id') }}
        union all
        -- A row that is gone may have joined two members. Within a member nothing of what is named
        -- follows from what names it, so lots of long ago need not be touched.
        select
            koin_entries.cust_id,
            koin_entries.entry_ts
        from koin_entries
        inner join changed
            on
                koin_entries.koin_id = changed.source_koin_id
                and koin_entries.cust_id <> changed.cust_id
    ),

    irregular_references as (
        select
            naming.cust_id,
            named.cust_id as other_cust_id
        from koin_entries as naming
        inner join koin_entries as named
            on naming.source_koin_id = named.koin_id
        where
            naming.cust_id <> named.cust_id
            or naming.entry_ts < named.entry_ts
    ),

    neighbours {{ as_materialized() }} (
        select
            cust_id,
            other_cust_id
        from irregular_references
        union
        select
            other_cust_id as cust_id,
            cust_id as other_cust_id
        from irregular_references
    ),

    reached as (
        select cust_id from touched_entries
        union
        select neighbours.other_cust_id as cust_id
        from reached
        inner join neighbours
            on reached.cust_id = neighbours.cust_id
    ),

    irregular_members as (
        select reached.cust_id
        from reached
        inner join neighbours
            on reached.cust_id = neighbours.cust_id
        group by reached.cust_id
    ),

    entries as (
        select
            cust_id,
            entry_ts
        from touched_entries
        union all
        select
            koin_entries.cust_id,
            koin_entries.entry_ts
        from koin_entries
        inner join irregular_members
            on koin_entries.cust_id = irregular_members.cust_id
    )

    select
        cust_id,
        min(entry_ts) as touched_from
    from entries
    group by cust_id
{%- else -%}
    select
        cast(null as varchar) as cust_id,
        cast(null as timestamp) as touched_from
    where false
{%- endif %}
