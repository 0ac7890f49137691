-- One row a koin movement of which a raw row came or went since the last published build, and
-- member, entry and time that it had before or has now. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
{% if is_incremental_run() -%}
    with delivered as (
        select
            {{ clean_text('koin_id') }} as koin_id,
            {{ clean_text('cust_id') }} as cust_id,
            {{ clean_text('source_koin_id') }} as source_koin_id,
            cast(entry_ts as timestamp) as entry_ts
        from {{ source('cohesive', 'tbl_koin') }}
        where {{ is_of_changed_load('cohesive.tbl_koin') }}
        union
        select
            koin_id,
            cust_id,
            source_koin_id,
            entry_ts
        from {{ table_of('base_cohesive__koin_entries') }}
        where {{ is_of_changed_load('cohesive.tbl_koin') }}
    )

    select
        koin_id,
        cust_id,
        source_koin_id,
        entry_ts
    from delivered
    where koin_id is not null
    union
    select
        koin_id,
        cust_id,
        source_koin_id,
        entry_ts
    from {{ table_of('base_cohesive__koin_entries') }}
    where koin_id in (select koin_id from delivered)
{%- else -%}
    select
        cast(null as varchar) as koin_id,
        cast(null as varchar) as cust_id,
        cast(null as varchar) as source_koin_id,
        cast(null as timestamp) as entry_ts
    where false
{%- endif %}
