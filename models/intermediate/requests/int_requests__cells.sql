-- One row a filled cell of the seed segment_requests. What a delivered request says counts no more.

with requests as (
    select * from {{ ref('segment_requests') }}
),

delivered as (
    select * from {{ ref('audience_delivery_manifests') }}
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
),

filled_cells as (
    select
        {{ request_cell('request_id', 'name') }} as request_id,
        {{ request_cell('status', 'word') }} as status,
        column_name,
        kind,
        cell
    from cells
    where cell is not null
)

select
    filled_cells.request_id,
    filled_cells.column_name,
    filled_cells.kind,
    filled_cells.cell,
    {{ request_status('filled_cells.status', 'delivered.request_id') }} as status
from filled_cells
left join delivered
    on filled_cells.request_id = delivered.request_id
