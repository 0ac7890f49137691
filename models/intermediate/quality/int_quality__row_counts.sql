-- One row a raw table: what became of its rows. Every delivered row is kept, superseded or
-- rejected.
{% set tables = raw_tables() %}

with rejected_rows as (
    select * from {{ ref('stg_rejected_rows') }}
),

unparseable_rows as (
    select
        source_name,
        table_name,
        count(*) as row_count
    from {{ source('landing', 'unparseable_rows') }}
    group by source_name, table_name
),

rejected as (
    select
        source_name,
        table_name,
        count(*) as row_count
    from rejected_rows
    group by source_name, table_name
),

delivered as (
    {% for table in tables -%}
        select
            '{{ table.source }}' as source_name,
            '{{ table.name }}' as table_name,
            count(*) as row_count
        from {{ source(table.source, table.name) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

kept as (
    {% for table in tables -%}
        select
            '{{ table.source }}' as source_name,
            '{{ table.name }}' as table_name,
            count(*) as row_count
        from {{ ref(table.kept_in) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

usable_rows as (
    {% for table in tables -%}
        select
            '{{ table.source }}' as source_name,
            '{{ table.name }}' as table_name,
            count(*) as row_count
        from {{ ref(table.judged_in) }}
        where reject_reason is null
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Keys that are kept twice are found by the tests of the tables that keep them.
superseded as (
    select
        usable_rows.source_name,
        usable_rows.table_name,
        usable_rows.row_count - kept.row_count as row_count
    from usable_rows
    inner join kept
        on
            usable_rows.source_name = kept.source_name
            and usable_rows.table_name = kept.table_name
)

select
    delivered.source_name,
    delivered.table_name,
    cast(delivered.row_count + coalesce(unparseable_rows.row_count, 0) as bigint) as delivered_rows,
    cast(kept.row_count as bigint) as kept_rows,
    cast(superseded.row_count as bigint) as superseded_rows,
    cast(coalesce(rejected.row_count, 0) as bigint) as rejected_rows
from delivered
inner join kept
    on
        delivered.source_name = kept.source_name
        and delivered.table_name = kept.table_name
inner join superseded
    on
        delivered.source_name = superseded.source_name
        and delivered.table_name = superseded.table_name
left join rejected
    on
        delivered.source_name = rejected.source_name
        and delivered.table_name = rejected.table_name
left join unparseable_rows
    on
        delivered.source_name = unparseable_rows.source_name
        and delivered.table_name = unparseable_rows.table_name
