-- One row a raw row of cohesive.tbl_receipt_line, cleaned and typed, with the reason why it cannot
-- be used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_receipts') -%}
{{ config(
    materialized='incremental',
    meta={'loaded_from': 'cohesive.tbl_receipt_line'}
) }}

with delivered as (
    select * from {{ source('cohesive', 'tbl_receipt_line') }}
    where {{ is_of_changed_load('cohesive.tbl_receipt_line') }}
),

cleaned as (
    select
        {{ clean_text('receive_main_id') }} as receive_main_id,
        cast(line_no as integer) as line_no,
        {{ clean_text('sku') }} as sku,
        cast(qty as numeric(12, 3)) as qty,
        cast(gross_sales as numeric(18, 2)) as gross_sales,
        cast(discount as numeric(18, 2)) as discount,
        cast(net_sales as numeric(18, 2)) as net_sales,
        cast(koin_used as bigint) as koin_used,
        cast(receipt_updated_at as timestamp) as receipt_updated_at,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        receive_main_id,
        line_no,
        sku,
        qty,
        gross_sales,
        discount,
        net_sales,
        koin_used,
        receipt_updated_at,
        _loaded_at,
        case
            when receive_main_id is null or line_no is null then 'missing_key'
            when
                qty is null or net_sales is null or receipt_updated_at is null or _loaded_at is null
                then 'missing_value'
            when
                {{ is_impossible_amount('qty') }}
                or {{ is_impossible_amount('gross_sales') }}
                or {{ is_impossible_amount('discount') }}
                or {{ is_impossible_amount('net_sales') }}
                or {{ is_impossible_amount('koin_used') }}
                then 'impossible_amount'
        end as reject_reason
    from cleaned
)

select
    receive_main_id,
    line_no,
    sku,
    qty,
    gross_sales,
    discount,
    net_sales,
    koin_used,
    receipt_updated_at,
    _loaded_at,
    reject_reason
from judged
