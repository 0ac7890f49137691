-- One row a mistake in the seed segment_requests, or delivered request whose channel is gone; the
-- build stops when there is one.
-- Drafts and cancelled requests are checked for their id and status alone: work in progress may be
-- wrong, and what was cancelled may name what no longer is.
{{ config(post_hook="{{ stop_on_violations(this) }}") }}

{% set problems_of_kind = {
    'date': 'is no date YYYY-MM-DD',
    'count': 'is no whole number from 0 to 99999, in digits alone',
    'amount': 'is no whole number from 0, in digits alone: no sign, dot or comma',
    'percent': 'is no percentage from 0 to 100',
    'flag': 'is neither yes nor no',
    'mark': 'is not yes: leave it empty where it does not matter',
    'period': 'is none of L12M, L1Y, since_cohesive, ever, YYYY-MM-DD..YYYY-MM-DD',
    'floors': 'is neither a number in digits alone nor tiers with one, such as SILVER:5000|GOLD:9900',
} -%}
{%- set required = [
    ('bu_code', 'true', 'is missing'),
    ('channel', 'true', 'is missing'),
    ('data_as_of', 'true', 'is missing'),
    ('send_starts_on', 'true', 'is missing'),
    ('send_ends_on', 'true', 'is missing'),
    ('priority', 'true', 'is missing'),
    ('rfm_segment', "approved.method = 'rfm'", 'is missing: method rfm needs it'),
    ('propensity_category', "approved.method = 'propensity'",
        'is missing: method propensity needs it'),
    ('propensity_category', "coalesce(approved.method, '') <> 'propensity' and approved.propensity_top_pct >= 0",
        'is missing: propensity_top_pct needs it'),
    ('propensity_top_pct', 'approved.propensity_category is not null',
        'is missing: propensity_category needs it'),
    ('unredeemed_voucher_program',
        'coalesce(approved.voucher_issued_from, approved.voucher_issued_to) is not null',
        'is missing: the dates of issue need it'),
] -%}
{%- set contradictions = [
    ('priority', 'priority < 1', "'is below 1'"),
    ('send_ends_on', 'send_ends_on < send_starts_on', "'is before send_starts_on'"),
    ('transacted_period', 'range_ends_on < range_starts_on', "'ends before it starts'"),
    ('transacted_period', 'range_starts_on > data_as_of', "'starts after data_as_of'"),
    ('age_max', 'age_max < age_min', "'is below age_min'"),
    ('child_age_max', 'child_age_max < child_age_min', "'is below child_age_min'"),
    ('gender_split', "gender_split = 'proportional' and coalesce(split_by, '') <> 'gender'",
        "'needs split_by gender'"),
    ('voucher_issued_to', 'voucher_issued_to < voucher_issued_from',
        "'is before voucher_issued_from'"),
] -%}

with requests as (
    select * from {{ ref('int_requests__typed') }}
),

approved as (
    select * from requests
    where status = 'approved'
),

cells as (
    select * from {{ ref('int_requests__cells') }}
),

list_values as (
    select * from {{ ref('int_requests__values') }}
    where status = 'approved'
),

allowed_values as (
    select * from {{ ref('int_requests__allowed_values') }}
),

tier_floors as (
    select * from {{ ref('int_requests__tier_floors') }}
),

out_of_reach as (
    select * from {{ ref('int_requests__out_of_reach') }}
),

channels as (
    select * from {{ ref('channels') }}
),

delivered_manifests as (
    select * from {{ ref('audience_delivery_manifests') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

closed_columns as (
    select
        column_name,
        min(problem) as problem
    from allowed_values
    group by column_name
),

floor_tiers as (
    select
        cells.request_id,
        cells.column_name,
        {{ dbt.split_part('items.item', "':'", 1) }} as tier_code
    from cells
    {{ split_to_rows('cells.cell', '|', 'items', 'item') }}
    where
        cells.status = 'approved'
        and cells.kind = 'floors'
        and items.item like '%:%'
        and {{ is_request_value('cells.cell', 'floors') }}
),

-- Everything that must be one of the values of its column; of a request that these data cannot
-- answer not what it says of stores and products.
named_values as (
    select
        request_id,
        column_name,
        cell as found_value
    from cells
    where
        kind in ('code', 'word')
        and (status = 'approved' or column_name = 'status')
    union all
    select
        list_values.request_id,
        list_values.column_name,
        list_values.list_value as found_value
    from list_values
    left join out_of_reach
        on
            list_values.request_id = out_of_reach.request_id
            and list_values.column_name in (
                {% for column in catalogue_columns().values() | sum(start=[]) -%}
                    '{{ column }}'{{ ',' if not loop.last }}
                {% endfor %}
            )
    where out_of_reach.request_id is null
    union all
    select
        request_id,
        column_name,
        tier_code as found_value
    from floor_tiers
),

unknown_values as (
    select
        named_values.request_id,
        named_values.column_name,
        named_values.found_value,
        case
            when named_values.found_value = ''
                then 'stands for nothing: a part of the list is empty'
            else closed_columns.problem
        end as problem
    from named_values
    inner join closed_columns
        on named_values.column_name = closed_columns.column_name
    left join allowed_values
        on
            named_values.column_name = allowed_values.column_name
            and named_values.found_value = allowed_values.allowed_value
    where allowed_values.allowed_value is null
    group by
        named_values.request_id,
        named_values.column_name,
        named_values.found_value,
        closed_columns.problem
),

malformed_cells as (
    select
        request_id,
        column_name,
        cell as found_value,
        case kind
            {%- for kind, problem in problems_of_kind.items() %}
                when '{{ kind }}' then '{{ problem }}'
            {%- endfor %}
        end as problem
    from cells
    where
        status = 'approved'
        and case kind
            {%- for kind in problems_of_kind %}
                when '{{ kind }}' then not {{ is_request_value('cell', kind) }}
            {%- endfor %}
            else false
        end
),

missing_cells as (
    select
        request_id,
        'request_id' as column_name,
        'is missing' as problem
    from requests
    where request_id is null
    union all
    select
        request_id,
        'status' as column_name,
        'is missing' as problem
    from requests
    where status is null
    {%- for column_name, condition, problem in required %}
        union all
        select
            approved.request_id,
            '{{ column_name }}' as column_name,
            '{{ problem }}' as problem
        from approved
        left join cells
            on
                approved.request_id = cells.request_id
                and cells.column_name = '{{ column_name }}'
        where
            approved.request_id is not null
            and cells.cell is null
            and {{ condition }}
    {%- endfor %}
),

repeated_ids as (
    select
        request_id,
        'request_id' as column_name,
        request_id as found_value,
        'is the id of several requests' as problem
    from requests
    where request_id is not null
    group by request_id
    having count(*) > 1
),

-- Rows of one id cannot be told apart, so their lists are not looked at.
list_parts as (
    select
        request_id,
        column_name,
        list_value as found_value
    from list_values
    where list_value <> ''
    union all
    select
        request_id,
        column_name,
        tier_code as found_value
    from floor_tiers
),

repeated_values as (
    select
        list_parts.request_id,
        list_parts.column_name,
        list_parts.found_value,
        'stands twice in the list' as problem
    from list_parts
    left join repeated_ids
        on list_parts.request_id = repeated_ids.request_id
    where repeated_ids.request_id is null
    group by list_parts.request_id, list_parts.column_name, list_parts.found_value
    having count(*) > 1
),

contradictions as (
    {%- for column_name, condition, problem in contradictions %}
        select
            approved.request_id,
            '{{ column_name }}' as column_name,
            cast(approved.{{ column_name }} as varchar) as found_value,
            {{ problem }} as problem
        from approved
        where {{ condition }}
        union all
    {%- endfor %}
    select
        approved.request_id,
        'max_koin' as column_name,
        cast(approved.max_koin as varchar) as found_value,
        'is not above min_koin' as problem
    from approved
    inner join tier_floors
        on approved.request_id = tier_floors.request_id
    group by approved.request_id, approved.max_koin
    having approved.max_koin <= min(tier_floors.min_koin)
),

ordered as (
    select
        *,
        {{ request_order() }} as request_order
    from approved
),

planned as (
    select
        ordered.request_id,
        ordered.channel,
        ordered.send_starts_on,
        ordered.send_ends_on,
        ordered.request_order,
        channels.exclusivity,
        channels.stamps_channel,
        channels.frequency_cap_days,
        channels.capacity_group
    from ordered
    inner join channels
        on ordered.channel = channels.channel
),

-- A request and one that it leaves out, and whether that one waits for it.
exclusions as (
    select
        planned.request_id,
        excluded.request_id as excluded_id,
        planned.request_order < excluded.request_order
        and (
            {{ is_competitor('planned', 'excluded') }}
            or {{ is_planned_message('planned', 'excluded', 'run.as_of_date') }}
            or {{ shares_capacity('planned', 'excluded') }}
        ) as is_awaited
    from list_values
    inner join planned
        on list_values.request_id = planned.request_id
    inner join planned as excluded
        on list_values.list_value = excluded.request_id
    cross join run
    where list_values.column_name = 'exclude_requests'
),

-- A request waits for those that it leaves out and for its competitors that go before.
circular_exclusions as (
    select
        exclusions.request_id,
        'exclude_requests' as column_name,
        exclusions.excluded_id as found_value,
        case
            when exclusions.request_id = exclusions.excluded_id then 'is the request itself'
            when in_turn.request_id is not null then 'leaves out this request in turn'
            else 'goes after this request and waits for it: it needs a smaller priority number'
        end as problem
    from exclusions
    left join exclusions as in_turn
        on
            exclusions.request_id = in_turn.excluded_id
            and exclusions.excluded_id = in_turn.request_id
    where
        in_turn.request_id is not null
        or exclusions.is_awaited
),

-- What was delivered still takes its members, which the channel says how.
delivered_without_channel as (
    select
        delivered_manifests.request_id,
        'channel' as column_name,
        delivered_manifests.channel as found_value,
        'is a channel no more, though the request was delivered by it' as problem
    from delivered_manifests
    left join channels
        on delivered_manifests.channel = channels.channel
    where channels.channel is null
),

violations as (
    select
        request_id,
        column_name,
        found_value,
        problem
    from unknown_values
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from repeated_values
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from malformed_cells
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from repeated_ids
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from contradictions
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from circular_exclusions
    union all
    select
        request_id,
        column_name,
        found_value,
        problem
    from delivered_without_channel
    union all
    select
        request_id,
        column_name,
        cast(null as varchar) as found_value,
        problem
    from missing_cells
)

select
    column_name,
    found_value,
    problem,
    'segment_requests' as seed_name,
    coalesce(request_id, '(without id)') as row_key
from violations
