-- One row a filled cell of the seed segment_requests.

with requests as (
    select * from {{ ref('segment_requests') }}
),

cells as (
    {%- for column in request_columns() %}
        select
            request_id,
            status,
            '{{ column.name }}' as column_name,
            '{{ column.kind }}' as kind,
            {{ request_cell(column.name, column.kind) }} as cell
        from requests
        {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {{ request_cell('request_id', 'name') }} as request_id,
    {{ request_cell('status', 'word') }} as status,
    column_name,
    kind,
    cell
from cells
where cell is not null
