-- One row a request that is approved or delivered: what was asked, what came of it, and until when
-- the audience may be used. Of a delivered request what was delivered.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where not is_delivered
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

cells as (
    select * from {{ ref('int_requests__cells') }}
),

summaries as (
    select * from {{ ref('int_audiences__summaries') }}
),

delivered as (
    select * from {{ ref('audience_delivery_manifests') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

-- Everything of the form that says who is meant, not what the campaign is. A balance of exactly
-- min_koin does not match.
criteria as (
    select
        request_id,
        column_name,
        cell,
        case when column_name = 'min_koin' then 'koin above' else replace(column_name, '_', ' ') end
            as criterion
    from cells
    where
        column_name not in (
            'request_id',
            'campaign_code',
            'campaign_name',
            'bu_code',
            'segment_name',
            'purpose',
            'channel',
            'method',
            'data_as_of',
            'send_starts_on',
            'send_ends_on',
            'priority',
            'status',
            'allow_empty'
        )
),

definition_words as (
    select
        request_id,
        {{ dbt.listagg(
            "criterion || ': ' || replace(cell, '|', ' or ')", "'; '",
            'order by ' ~ text_order('column_name')
        ) }} as definition
    from criteria
    group by request_id
)

select
    requests.request_id,
    definitions.campaign_code,
    definitions.campaign_name,
    definitions.bu_code,
    definitions.segment_name,
    definitions.purpose,
    requests.channel,
    definitions.method,
    coalesce(definition_words.definition, 'every member') as definition,
    definitions.data_as_of,
    definitions.period_starts_on as data_starts_on,
    definitions.period_ends_on as data_ends_on,
    run.as_of_date,
    requests.send_starts_on,
    requests.send_ends_on,
    requests.priority,
    coalesce(definitions.allow_empty, false) as allow_empty,
    case when requests.is_buildable then 'built' else 'not_buildable' end as status,
    case
        when not requests.is_buildable then requests.unbuildable_reason
        when summaries.target_count = 0 and not coalesce(definitions.allow_empty, false)
            then 'nobody is left, and allow_empty is not yes'
    end as status_reason,
    coalesce(summaries.matched_count, 0) as matched_count,
    coalesce(summaries.rejected_count, 0) as rejected_count,
    coalesce(summaries.target_count, 0) as target_count,
    coalesce(summaries.holdout_count, 0) as holdout_count,
    coalesce(summaries.reserve_count, 0) as reserve_count,
    summaries.targets_by_split,
    summaries.funnel_in_words,
    summaries.content_hash,
    run.last_loaded_at,
    {{ add_hours('run.members_loaded_at', var('audience_usable_hours')) }} as usable_until
from requests
inner join definitions
    on requests.request_id = definitions.request_id
cross join run
left join summaries
    on requests.request_id = summaries.request_id
left join definition_words
    on requests.request_id = definition_words.request_id
union all
select
    request_id,
    campaign_code,
    campaign_name,
    bu_code,
    segment_name,
    purpose,
    channel,
    method,
    definition,
    data_as_of,
    data_starts_on,
    data_ends_on,
    as_of_date,
    send_starts_on,
    send_ends_on,
    priority,
    allow_empty,
    'delivered' as status,
    cast(null as varchar) as status_reason,
    matched_count,
    rejected_count,
    target_count,
    holdout_count,
    reserve_count,
    targets_by_split,
    funnel_in_words,
    content_hash,
    last_loaded_at,
    usable_until
from delivered
