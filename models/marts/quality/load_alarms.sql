-- One row an alarm about the last loads: its kind, the raw table or promo list, the reason where
-- there are several, and a message with the recent history. No row: nothing to say.
{{ config(post_hook="{{ tell_load_alarms(being_built(this)) }}") }}

with volumes as (
    select * from {{ ref('load_volumes') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

rejected_rows as (
    select * from {{ ref('stg_rejected_rows') }}
),

row_counts as (
    select * from {{ ref('int_quality__row_counts') }}
),

broken_references as (
    select * from {{ ref('int_quality__references') }}
    where outcome = 'unknown' or reason = 'orphan'
),

patience as (
    {% for table_name, days in var('stale_after_days').items() -%}
        select
            '{{ table_name }}' as table_name,
            {{ days }} as patience_days
        union all
    {% endfor -%}
    select
        cast(null as varchar) as table_name,
        cast(null as integer) as patience_days
    where 1 = 0
),

reference_day as (
    select
        {% if var('freshness_checked_on') -%}
            cast('{{ var("freshness_checked_on") }}' as date)
        {%- else -%}
            as_of_date
        {%- endif %} as checked_on
    from run
),

last_load_dates as (
    select
        table_name,
        max(load_date) as load_date
    from volumes
    where row_count > 0
    group by table_name
),

stale_tables as (
    select
        volumes.table_name,
        volumes.load_date,
        volumes.row_count,
        volumes.previous_row_counts,
        patience.patience_days,
        {{ date_diff_days('volumes.load_date', 'reference_day.checked_on') }} as days_without
    from last_load_dates
    inner join volumes
        on
            last_load_dates.table_name = volumes.table_name
            and last_load_dates.load_date = volumes.load_date
    inner join patience
        on last_load_dates.table_name = patience.table_name
    cross join reference_day
),

-- Tables that have loads enough to say what is usual, and usually bring rows enough.
judged_loads as (
    select
        *,
        table_name in (
            {% for table_name in var('volume_alarm_exempt_tables') -%}
                '{{ table_name }}',
            {% endfor -%}
            ''
        ) as is_exempt
    from volumes
    where
        is_last_load
        and loads_before = {{ var('volume_history_loads') }}
        and usual_row_count >= {{ var('alarm_min_rows') }}
),

last_loads as (
    select * from volumes
    where is_last_load
),

reject_reasons as (
    select
        last_loads.table_name,
        rejected_rows.reject_reason,
        count(*) as row_count
    from last_loads
    inner join rejected_rows
        on
            last_loads.table_name = rejected_rows.table_name
            and last_loads.load_date = cast(rejected_rows._loaded_at as date)
    group by last_loads.table_name, rejected_rows.reject_reason
),

reject_words as (
    select
        table_name,
        {{ dbt.listagg(
            "reject_reason || ' ' || " ~ with_thousands('row_count'),
            "', '",
            'order by row_count desc, reject_reason'
        ) }} as reasons
    from reject_reasons
    group by table_name
),

alarms as (
    select
        'stale_load' as alarm,
        table_name,
        'all' as reason,
        table_name || ': nothing since ' || cast(load_date as varchar) || ', '
        || cast(days_without as varchar) || ' days ago, '
        || cast(patience_days as varchar) || ' are usual; that load had '
        || {{ with_thousands('row_count') }} || ' rows, those before: '
        || coalesce(previous_row_counts, 'none') as message
    from stale_tables
    where days_without > patience_days
    union all
    select
        case when row_count = 0 then 'empty_load' else 'unusual_volume' end as alarm,
        table_name,
        'all' as reason,
        table_name || ': ' || {{ with_thousands('row_count') }} || ' rows loaded on '
        || cast(load_date as varchar) || '; the ' || cast(loads_before as varchar)
        || ' loads before: ' || previous_row_counts as message
    from judged_loads
    where
        not is_exempt
        and (
            row_count >= usual_row_count * {{ var('volume_alarm_factor') }}
            or row_count * {{ var('volume_alarm_factor') }} <= usual_row_count
        )
    union all
    select
        'rejects' as alarm,
        last_loads.table_name,
        'last_load' as reason,
        last_loads.table_name || ': ' || {{ with_thousands('last_loads.rejected_row_count') }}
        || ' of ' || {{ with_thousands('last_loads.row_count') }} || ' rows loaded on '
        || cast(last_loads.load_date as varchar) || ' cannot be used: ' || reject_words.reasons
            as message
    from last_loads
    inner join reject_words
        on last_loads.table_name = reject_words.table_name
    where
        {{ share_reaches(
            'last_loads.rejected_row_count', 'last_loads.row_count', var('reject_alarm_percent')
        ) }}
    union all
    select
        'rejects' as alarm,
        table_name,
        'all_loads' as reason,
        table_name || ': ' || {{ with_thousands('rejected_rows') }} || ' of '
        || {{ with_thousands('delivered_rows') }} || ' rows of all loads cannot be used' as message
    from row_counts
    where {{ share_reaches('rejected_rows', 'delivered_rows', var('reject_alarm_percent')) }}
    union all
    select
        'unknowns' as alarm,
        table_name,
        reason,
        table_name || ': ' || {{ with_thousands('row_count') }} || ' of '
        || {{ with_thousands('checked_row_count') }} || ' rows are ' || reason
        || '; of the last {{ var("unknown_recent_days") }} days '
        || {{ with_thousands('recent_row_count') }} || ' of '
        || {{ with_thousands('recent_checked_row_count') }} as message
    from broken_references
    where
        {{ share_reaches('row_count', 'checked_row_count', var('unknown_alarm_percent')) }}
        or {{ share_reaches(
            'recent_row_count', 'recent_checked_row_count', var('unknown_alarm_percent')
        ) }}
)

select
    alarm,
    table_name,
    reason,
    message
from alarms
