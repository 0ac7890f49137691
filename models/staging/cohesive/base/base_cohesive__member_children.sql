-- One row a raw row of cohesive.tbl_member_child, cleaned and typed, with the reason why it cannot
-- be used.
-- A load that comes meanwhile is of the next build.
{% do comes_after('stg_loads__days') -%}

with delivered as (
    select * from {{ source('cohesive', 'tbl_member_child') }}
),

cleaned as (
    select
        {{ clean_text('cust_id') }} as cust_id,
        cast(child_no as integer) as child_no,
        cast(birth_date as date) as birth_date,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        cust_id,
        child_no,
        birth_date,
        _loaded_at,
        case
            when cust_id is null or child_no is null then 'missing_key'
            when _loaded_at is null then 'missing_value'
        end as reject_reason
    from cleaned
)

select
    cust_id,
    child_no,
    birth_date,
    _loaded_at,
    reject_reason
from judged
