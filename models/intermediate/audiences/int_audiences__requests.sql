-- One row a request that has an audience: delivered, or approved. Delivered ones go before all
-- others; a request that needs a mart which this engine does not have is not buildable, nor is one
-- that excludes a request whose audience is not known: it would reach whom it is to leave out.

with recursive definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

request_values as (
    select * from {{ ref('int_requests__values') }}
),

delivered as (
    select * from {{ ref('audience_delivery_manifests') }}
),

channels as (
    select * from {{ ref('channels') }}
),

approved as (
    select
        definitions.request_id,
        definitions.channel,
        cast(definitions.priority as integer) as priority,
        definitions.send_starts_on,
        definitions.send_ends_on,
        coalesce(
            definitions.unbuildable_reason,
            case
                when
                    not {{ has_python_models() }}
                    and (definitions.has_propensity_criteria or definitions.method = 'propensity')
                    then 'propensity needs a target with Python models: duckdb or duckdb_postgres'
            end
        ) as own_reason
    from definitions
    left join delivered
        on definitions.request_id = delivered.request_id
    where
        definitions.status = 'approved'
        and delivered.request_id is null
),

drafts as (
    select request_id
    from definitions
    where status = 'draft'
),

exclusions as (
    select
        approved.request_id,
        request_values.list_value as excluded_request_id
    from request_values
    inner join approved
        on request_values.request_id = approved.request_id
    where request_values.column_name = 'exclude_requests'
    group by approved.request_id, request_values.list_value
),

without_audience as (
    select request_id
    from approved
    where own_reason is not null
    union all
    select request_id
    from drafts
),

unbuilt as (
    select request_id
    from without_audience
    union
    select exclusions.request_id
    from unbuilt
    inner join exclusions
        on unbuilt.request_id = exclusions.excluded_request_id
),

worded_exclusions as (
    select
        exclusions.request_id,
        exclusions.excluded_request_id,
        exclusions.excluded_request_id || ', which it excludes, is '
        || case when drafts.request_id is null then 'not built' else 'a draft' end as words
    from exclusions
    inner join unbuilt
        on exclusions.excluded_request_id = unbuilt.request_id
    left join drafts
        on exclusions.excluded_request_id = drafts.request_id
),

exclusion_reasons as (
    select
        request_id,
        {{ dbt.listagg('words', "'; '", 'order by ' ~ text_order('excluded_request_id')) }}
            as reason
    from worded_exclusions
    group by request_id
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
        approved.request_id,
        approved.channel,
        approved.priority,
        approved.send_starts_on,
        approved.send_ends_on,
        false as is_delivered,
        coalesce(approved.own_reason, exclusion_reasons.reason) as unbuildable_reason
    from approved
    left join exclusion_reasons
        on approved.request_id = exclusion_reasons.request_id
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
