-- One row a raw row of cohesive.tbl_member_tier, cleaned and typed, with the reason why it cannot
-- be used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_members') -%}

with delivered as (
    select * from {{ source('cohesive', 'tbl_member_tier') }}
),

cleaned as (
    select
        {{ clean_text('cust_id') }} as cust_id,
        {{ clean_name('tier') }} as tier,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        cust_id,
        tier,
        valid_from,
        valid_to,
        _loaded_at,
        case
            when cust_id is null or valid_from is null then 'missing_key'
            when _loaded_at is null then 'missing_value'
            -- A period that ends when it begins is one that was taken back: it covers no day.
            when valid_to < valid_from then 'impossible_period'
        end as reject_reason
    from cleaned
)

select
    cust_id,
    tier,
    valid_from,
    valid_to,
    _loaded_at,
    reject_reason
from judged
