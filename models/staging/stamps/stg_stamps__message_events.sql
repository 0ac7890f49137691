-- One row a message event: the newest usable version delivered.
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
    where reject_reason is null
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
