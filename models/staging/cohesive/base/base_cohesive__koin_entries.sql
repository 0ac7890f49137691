-- One row a raw row of cohesive.tbl_koin, cleaned and typed, with the reason why it cannot be used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_koin_entries') -%}
{{ config(
    materialized='incremental',
    meta={'loaded_from': 'cohesive.tbl_koin'}
) }}

with delivered as (
    select * from {{ source('cohesive', 'tbl_koin') }}
    where {{ is_of_changed_load('cohesive.tbl_koin') }}
),

cleaned as (
    select
        {{ clean_text('koin_id') }} as koin_id,
        {{ clean_text('cust_id') }} as cust_id,
        {{ clean_word('entry_type') }} as entry_type,
        cast(koin as bigint) as koin,
        {{ clean_code('issue_bu_code') }} as issue_bu_code,
        {{ clean_code('redeem_bu_code') }} as redeem_bu_code,
        {{ clean_text('main_receive_payment_id') }} as main_receive_payment_id,
        {{ clean_text('source_koin_id') }} as source_koin_id,
        cast(entry_ts as timestamp) as entry_ts,
        cast(expires_on as date) as expires_on,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
    select
        koin_id,
        cust_id,
        entry_type,
        koin,
        issue_bu_code,
        redeem_bu_code,
        main_receive_payment_id,
        source_koin_id,
        entry_ts,
        expires_on,
        _loaded_at,
        case
            when koin_id is null then 'missing_key'
            when
                cust_id is null
                or entry_type is null
                or koin is null
                or entry_ts is null
                or _loaded_at is null
                then 'missing_value'
            when {{ is_impossible_amount('koin') }} then 'impossible_amount'
            when cast(entry_ts as date) > cast(_loaded_at as date) then 'future_dated'
            when
                entry_type not in (
                    'issue', 'redeem', 'expire', 'adjust', 'reverse_issue', 'reverse_redeem'
                )
                then 'unknown_entry_type'
            when koin < 0 and entry_type <> 'adjust' then 'negative_koin'
            when
                entry_type = 'issue' and expires_on < cast(entry_ts as date)
                then 'impossible_expiry'
        end as reject_reason
    from cleaned
)

select
    koin_id,
    cust_id,
    entry_type,
    koin,
    issue_bu_code,
    redeem_bu_code,
    main_receive_payment_id,
    source_koin_id,
    entry_ts,
    expires_on,
    _loaded_at,
    reject_reason
from judged
