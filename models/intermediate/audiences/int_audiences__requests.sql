-- One row a request that has an audience: delivered, or approved. Delivered ones go before all
-- others; a request that needs a mart which this engine does not have is not buildable.

with definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

delivered as (
    select * from {{ ref('audience_delivery_manifests') }}
),

channels as (
    select * from {{ ref('channels') }}
),

requests as (
    select
        request_id,
        channel,
        cast(priority as integer) as priority,
        send_starts_on,
        send_ends_on,
        true as is_delivered,
        cast(null as varchar) as unbuildable_reason
    from delivered
    union all
    select
        definitions.request_id,
        definitions.channel,
        cast(definitions.priority as integer) as priority,
        definitions.send_starts_on,
        definitions.send_ends_on,
        false as is_delivered,
        coalesce(
            definitions.unbuildable_reason,
            case
                when
                    not {{ has_python_models() }}
                    and (definitions.has_propensity_criteria or definitions.method = 'propensity')
                    then 'propensity needs a target with Python models: duckdb or duckdb_postgres'
            end
        ) as unbuildable_reason
    from definitions
    left join delivered
        on definitions.request_id = delivered.request_id
    where
        definitions.status = 'approved'
        and delivered.request_id is null
),

ordered as (
    select
        *,
        {{ request_order('is_delivered') }} as request_order
    from requests
)

select
    ordered.request_id,
    ordered.channel,
    ordered.priority,
    ordered.send_starts_on,
    ordered.send_ends_on,
    ordered.is_delivered,
    ordered.request_order,
    ordered.unbuildable_reason,
    channels.stamps_channel,
    channels.consent as medium,
    channels.exclusivity,
    channels.frequency_cap_messages,
    channels.frequency_cap_days,
    channels.capacity_group,
    channels.daily_capacity,
    ordered.unbuildable_reason is null as is_buildable
from ordered
inner join channels
    on ordered.channel = channels.channel
