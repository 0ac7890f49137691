-- One row a value that a list of a request names: request, column and value.

with cells as (
    select * from {{ ref('int_requests__cells') }}
    where kind in ('names', 'codes', 'words')
)

select
    cells.request_id,
    cells.status,
    cells.column_name,
    cast(items.item as varchar) as list_value
from cells
{{ split_to_rows('cells.cell', '|', 'items', 'item') }}
