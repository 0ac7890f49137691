-- One row a raw row of stamps.message_event, cleaned and typed, with the reason why it cannot be
-- used.
-- What says which rows changed reads the old ones first.
{% do comes_after('stg_loads__changed_message_events') -%}
{{ config(materialized='incremental', meta={'loaded_from': 'stamps.message_event'}) }}

with delivered as (
    select * from {{ source('stamps', 'message_event') }}
    where {{ is_of_changed_load('stamps.message_event') }}
),

cleaned as (
    select
        {{ clean_text('event_id') }} as event_id,
        {{ clean_text('message_id') }} as message_id,
        {{ clean_text('stamps_user_id') }} as stamps_user_id,
        {{ clean_code('campaign_code') }} as campaign_code,
        {{ clean_word('channel') }} as channel,
        {{ clean_word('event_type') }} as event_type,
        {{ clean_word('bounce_type') }} as bounce_type,
        cast(is_machine_open as boolean) as is_machine_open,
        cast(event_ts as timestamp) as event_ts,
        cast(_loaded_at as timestamp) as _loaded_at
    from delivered
),

judged as (
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
        _loaded_at,
        case
            when event_id is null then 'missing_key'
            when event_type is null or event_ts is null or _loaded_at is null then 'missing_value'
            when cast(event_ts as date) > cast(_loaded_at as date) then 'future_dated'
            when
                event_type not in (
                    'sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'
                )
                then 'unknown_event_type'
            when channel is null or channel not in ('email', 'wsme', 'waba') then 'unknown_channel'
        end as reject_reason
    from cleaned
)

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
    _loaded_at,
    reject_reason
from judged
