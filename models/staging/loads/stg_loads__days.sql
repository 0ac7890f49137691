-- One row a raw table and day of load, of now or of the last published build: how many rows it
-- has, and what tells it from another. A build from nothing computes every load again, whatever is
-- new in it.
{% set published = load_cached_relation(this) %}
{% set is_new -%}
    coalesce(
        loads.row_count <> known.row_count or loads.fingerprint <> known.fingerprint, true
    )
{%- endset -%}

with loads as (
    {% for table in raw_tables() -%}
        select
            '{{ table.source }}.{{ table.name }}' as table_name,
            {{ load_date('_loaded_at') }} as load_date,
            count(*) as row_count,
            {{ sum_of_row_hashes(raw_cells(table)) }} as fingerprint
        from {{ source(table.source, table.name) }}
        group by {{ load_date('_loaded_at') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

known as (
    {% if published -%}
        select
            table_name,
            load_date,
            row_count,
            fingerprint
        from {{ this }}
        where row_count > 0
    {%- else -%}
        select
            table_name,
            load_date,
            row_count,
            fingerprint
        from loads
        where false
    {%- endif %}
)

select
    loads.fingerprint,
    cast(coalesce(loads.row_count, 0) as bigint) as row_count,
    coalesce(loads.table_name, known.table_name) as table_name,
    coalesce(loads.load_date, known.load_date) as load_date,
    {{ is_new if is_incremental_run() else 'true' }} as is_changed,
    {{ is_new }} as is_new
from loads
{{ 'full outer join' if is_incremental_run() else 'left join' }} known
    on
        loads.table_name = known.table_name
        and loads.load_date = known.load_date
