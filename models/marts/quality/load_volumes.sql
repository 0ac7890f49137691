-- One row a raw table and day on which any raw table was loaded: the rows that arrived, those among
-- them that cannot be used, and what the loads before brought. Rows of different days add up.
{% set history_loads = var('volume_history_loads') | int %}

with arrived as (
    {% for table in raw_tables() -%}
        select
            '{{ table.name }}' as table_name,
            cast(_loaded_at as date) as load_date,
            count(*) as row_count,
            sum(case when reject_reason is not null then 1 else 0 end) as rejected_row_count
        from {{ ref(table.judged_in) }}
        where _loaded_at is not null
        group by cast(_loaded_at as date)
        union all
    {% endfor -%}
    select
        table_name,
        cast(_loaded_at as date) as load_date,
        count(*) as row_count,
        count(*) as rejected_row_count
    from {{ ref('stg_rejected_rows') }}
    where
        reject_reason = 'unparseable'
        and _loaded_at is not null
    group by table_name, cast(_loaded_at as date)
),

arrived_by_day as (
    select
        table_name,
        load_date,
        sum(row_count) as row_count,
        sum(rejected_row_count) as rejected_row_count
    from arrived
    group by table_name, load_date
),

raw_tables as (
    {% for table in raw_tables() -%}
        select '{{ table.name }}' as table_name
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

load_dates as (
    select load_date
    from arrived
    group by load_date
),

load_days as (
    select
        load_date,
        row_number() over (order by load_date) as load_number,
        count(*) over () as load_count
    from load_dates
),

-- A day on which other tables were loaded and this one was not is a load of nothing.
loads as (
    select
        raw_tables.table_name,
        load_days.load_date,
        load_days.load_number,
        load_days.load_number = load_days.load_count as is_last_load,
        coalesce(arrived_by_day.row_count, 0) as row_count,
        coalesce(arrived_by_day.rejected_row_count, 0) as rejected_row_count
    from raw_tables
    cross join load_days
    left join arrived_by_day
        on
            raw_tables.table_name = arrived_by_day.table_name
            and load_days.load_date = arrived_by_day.load_date
),

steps_back as (
    {% for step in range(1, history_loads + 1) -%}
        select {{ step }} as step_back
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

earlier_loads as (
    select
        loads.table_name,
        steps_back.step_back,
        loads.row_count,
        loads.load_number + steps_back.step_back as load_number
    from loads
    cross join steps_back
),

ranked_loads as (
    select
        table_name,
        load_number,
        step_back,
        row_count,
        row_number() over (
            partition by table_name, load_number order by row_count, step_back
        ) as volume_rank,
        count(*) over (partition by table_name, load_number) as loads_before
    from earlier_loads
),

histories as (
    select
        table_name,
        load_number,
        count(*) as loads_before,
        {{ dbt.listagg(with_thousands('row_count'), "' '", 'order by step_back desc') }}
            as previous_row_counts,
        -- The median: the middle one, or half the sum of the middle two.
        sum(case when 2 * volume_rank between loads_before and loads_before + 2 then row_count end)
            as middle_rows,
        sum(case when 2 * volume_rank between loads_before and loads_before + 2 then 1 end)
            as middle_loads
    from ranked_loads
    group by table_name, load_number
)

select
    loads.table_name,
    loads.load_date,
    loads.is_last_load,
    histories.previous_row_counts,
    cast(loads.row_count as bigint) as row_count,
    cast(loads.rejected_row_count as bigint) as rejected_row_count,
    cast(coalesce(histories.loads_before, 0) as bigint) as loads_before,
    {{ safe_divide('histories.middle_rows', 'histories.middle_loads', 1) }} as usual_row_count
from loads
left join histories
    on
        loads.table_name = histories.table_name
        and loads.load_number = histories.load_number
