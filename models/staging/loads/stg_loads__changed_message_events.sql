-- One row a message event of which a raw row came or went since the last published build. Empty
-- in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
{% if is_incremental_run() -%}
    with delivered as (
        select {{ clean_text('event_id') }} as event_id
        from {{ source('stamps', 'message_event') }}
        where {{ is_of_changed_load('stamps.message_event') }}
        union
        select event_id
        from {{ table_of('base_stamps__message_events') }}
        where {{ is_of_changed_load('stamps.message_event') }}
    )

    select event_id from delivered
    where event_id is not null
{%- else -%}
    select cast(null as varchar) as event_id
    where false
{%- endif %}
