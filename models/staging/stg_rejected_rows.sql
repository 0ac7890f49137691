-- One row a raw row that cannot be used: its table, key, reason, and the rupiah or koin that it
-- carries.

with rejected as (
    {% for table in raw_tables() -%}
        select
            '{{ table.source }}' as source_name,
            '{{ table.name }}' as table_name,
            {{ table.row_key }} as row_key,
            reject_reason,
            cast(null as varchar) as column_name,
            cast(
                case when reject_reason <> 'impossible_amount' then {{ table.amount }} end
                as numeric(18, 2)
            ) as amount,
            _loaded_at
        from {{ ref(table.judged_in) }}
        where reject_reason is not null
        union all
    {% endfor -%}
    select
        source_name,
        table_name,
        row_key,
        'unparseable' as reject_reason,
        column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from {{ source('landing', 'unparseable_rows') }}
)

select
    source_name,
    table_name,
    row_key,
    reject_reason,
    column_name,
    amount,
    _loaded_at
from rejected
