-- One row: what this run knows. Nothing in the project reads the wall clock.
-- Nothing is built on mistaken reference tables. depends_on: {{ ref('int_reference__violations') }}

with receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

loads as (
    {% for table in raw_tables() -%}
        select max(_loaded_at) as loaded_at from {{ ref(table.judged_in) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

last_load as (
    select max(loaded_at) as last_loaded_at from loads
),

members_load as (
    select max(_loaded_at) as members_loaded_at from {{ ref('base_cohesive__members') }}
),

known_dates as (
    select
        last_load.last_loaded_at,
        max(cast(receipts.trx_ts as date)) as last_receipt_date
    from last_load
    left join receipts
        on cast(receipts.trx_ts as date) <= cast(last_load.last_loaded_at as date)
    group by last_load.last_loaded_at
),

as_of as (
    select
        last_loaded_at,
        {% if var('as_of_date') -%}
        cast('{{ var("as_of_date") }}' as date)
        {%- else -%}
            last_receipt_date
        {%- endif %} as as_of_date
    from known_dates
),

first_receipt as (
    select min(cast(receipts.trx_ts as date)) as first_receipt_date
    from receipts
    inner join as_of
        on cast(receipts.trx_ts as date) <= as_of.as_of_date
    where cast(receipts.trx_ts as date) >= {{ cohesive_go_live_date() }}
)

select
    as_of.as_of_date,
    first_receipt.first_receipt_date,
    as_of.last_loaded_at,
    members_load.members_loaded_at
from as_of
cross join first_receipt
cross join members_load
