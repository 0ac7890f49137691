-- One row a message event: the newest usable version delivered.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'event_id', 'listed_in': 'stg_loads__changed_message_events'}
) }}
{% set columns = [
    'event_id',
    'message_id',
    'stamps_user_id',
    'campaign_code',
    'channel',
    'event_type',
    'bounce_type',
    'is_machine_open',
    'event_ts',
    '_loaded_at',
] %}

with usable {{ as_inlined() }} (
    select * from {{ ref('base_stamps__message_events') }}
    where
        reject_reason is null
        and {{ is_listed('event_id', 'stg_loads__changed_message_events') }}
),

{{ newest_version('usable', ['event_id'], ['_loaded_at'], columns) }}

select
    event_id,
    message_id,
    stamps_user_id,
    campaign_code,
    channel,
    event_type,
    bounce_type,
    is_machine_open,
    event_ts,
    _loaded_at
from newest_versions
