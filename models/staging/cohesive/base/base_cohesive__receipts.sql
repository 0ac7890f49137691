-- One row a raw row of cohesive.tbl_receipt, cleaned and typed, with the reason why it cannot be
-- used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_receipts') -%}
{{ config(
    materialized='incremental',
    meta={
        'loaded_from': 'cohesive.tbl_receipt',
        'recomputed_by': 'receive_main_id',
        'listed_in': 'stg_loads__changed_receipts',
    }
) }}
{% set columns = [
    'receive_main_id',
    'sales',
    'receipt_status',
    'updated_at',
    '_loaded_at',
] %}

with delivered as (
    select * from {{ source('cohesive', 'tbl_receipt') }}
    where {{ is_of_changed_load('cohesive.tbl_receipt') }}
),

cleaned as (
    select
        {{ clean_text('receive_main_id') }} as receive_main_id,
        {{ clean_text('cust_id') }} as cust_id,
        {{ clean_code('bu_code') }} as bu_code,
        {{ clean_code('site_code') }} as site_code,
        {{ clean_word('sales_channel') }} as sales_channel,
        {{ clean_word('fulfilment') }} as fulfilment,
        cast(trx_ts as timestamp) as trx_ts,
        cast(sales as numeric(18, 2)) as sales,
        {{ clean_word('receipt_status') }} as receipt_status,
        {{ clean_text('original_receive_main_id') }} as original_receive_main_id,
        cast(updated_at as timestamp) as updated_at,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

-- Each row by itself.
receipts {{ as_inlined() }} (
    select
        receive_main_id,
        cust_id,
        bu_code,
        site_code,
        sales_channel,
        fulfilment,
        trx_ts,
        sales,
        receipt_status,
        original_receive_main_id,
        updated_at,
        _loaded_at,
        case
            when receive_main_id is null then 'missing_key'
            when
                trx_ts is null
                or sales is null
                or receipt_status is null
                or updated_at is null
                or _loaded_at is null
                then 'missing_value'
            when {{ is_impossible_amount('sales') }} then 'impossible_amount'
            when cast(trx_ts as date) > cast(_loaded_at as date) then 'future_dated'
            when receipt_status not in ('completed', 'void', 'return') then 'unknown_receipt_status'
            when receipt_status = 'return' and sales > 0 then 'return_without_sign'
        end as reject_reason
    from cleaned
    {%- if is_incremental_run() %}
        union all
        select
            receive_main_id,
            cust_id,
            bu_code,
            site_code,
            sales_channel,
            fulfilment,
            trx_ts,
            sales,
            receipt_status,
            original_receive_main_id,
            updated_at,
            _loaded_at,
            nullif(reject_reason, 'return_above_original') as reject_reason
        from {{ this }}
        where
            {{ is_listed('receive_main_id', 'stg_loads__changed_receipts') }}
            and not {{ is_of_changed_load('cohesive.tbl_receipt') }}
    {%- endif %}
),

-- A return of more than its original sold is rejected too. One that names a return names no sale.
referenced as (
    select distinct original_receive_main_id
    from receipts
    where
        receipt_status = 'return'
        and reject_reason is null
),

original_versions as (
    select
        receipts.receive_main_id,
        receipts.sales,
        receipts.receipt_status,
        receipts.updated_at,
        receipts._loaded_at
    from receipts
    inner join referenced
        on receipts.receive_main_id = referenced.original_receive_main_id
    where receipts.reject_reason is null
    {%- if is_incremental_run() %}
        union all
        select
            originals.receive_main_id,
            originals.sales,
            originals.receipt_status,
            originals.updated_at,
            originals._loaded_at
        from {{ this }} as originals
        inner join referenced
            on originals.receive_main_id = referenced.original_receive_main_id
        where
            nullif(originals.reject_reason, 'return_above_original') is null
            and not (
                {{ is_of_changed_load('cohesive.tbl_receipt', 'originals.') }}
                or {{ is_listed('originals.receive_main_id', 'stg_loads__changed_receipts') }}
            )
    {%- endif %}
),

{{ newest_version(
    'original_versions', ['receive_main_id'], ['updated_at', '_loaded_at'], columns
) }}

select
    receipts.receive_main_id,
    receipts.cust_id,
    receipts.bu_code,
    receipts.site_code,
    receipts.sales_channel,
    receipts.fulfilment,
    receipts.trx_ts,
    receipts.sales,
    receipts.receipt_status,
    receipts.original_receive_main_id,
    receipts.updated_at,
    receipts._loaded_at,
    case
        when receipts.reject_reason is not null then receipts.reject_reason
        when
            receipts.receipt_status = 'return'
            and newest_versions.receipt_status <> 'return'
            and -receipts.sales > newest_versions.sales
            then 'return_above_original'
    end as reject_reason
from receipts
left join newest_versions
    on receipts.original_receive_main_id = newest_versions.receive_main_id
