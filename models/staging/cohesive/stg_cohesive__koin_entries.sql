-- One row a koin movement: the newest usable version delivered.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'stg_loads__changed_koin_entries'}
) }}
{% set columns = [
    'koin_id',
    'cust_id',
    'entry_type',
    'koin',
    'issue_bu_code',
    'redeem_bu_code',
    'main_receive_payment_id',
    'source_koin_id',
    'entry_ts',
    'expires_on',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_cohesive__koin_entries') }}
    where
        reject_reason is null
        and {{ is_listed('koin_id', 'stg_loads__changed_koin_entries') }}
),

{{ newest_version('usable', ['koin_id'], ['_loaded_at'], columns) }}

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
    _loaded_at
from newest_versions
