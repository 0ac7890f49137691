-- One row a row of the seed segment_requests, each cell in one form and as its type.

with requests as (
    select * from {{ ref('segment_requests') }}
),

delivered as (
    select * from {{ ref('audience_delivery_manifests') }}
),

cleaned as (
    select
        {%- for column in request_columns() if column.name != 'request_id' %}
            {{ request_cell(column.name, column.kind) }}
                as {{ column.name }},
        {%- endfor %}
        {{ request_cell('request_id', 'name') }} as request_id
    from requests
),

typed as (
    select
        {%- for column in request_columns() if column.name != 'request_id' %}
            {{ request_value(column.name, column.kind) }}
                as {{ column.name }},
        {%- endfor %}
        request_id
    from cleaned
)

select
    {%- for column in request_columns() if column.name != 'status' %}
        typed.{{ column.name }},
    {%- endfor %}
    {{ request_value('substr(typed.transacted_period, 1, 10)', 'date') }} as range_starts_on,
    {{ request_value('substr(typed.transacted_period, 13, 10)', 'date') }} as range_ends_on,
    {{ request_status('typed.status', 'delivered.request_id') }} as status
from typed
left join delivered
    on typed.request_id = delivered.request_id
