-- One row a month of which receipts may have changed since the last published build: those that
-- came or went, in the month that they named before or name now, and those between the two as-of
-- dates. Members and products are not looked at. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
{% if is_incremental_run() -%}
    select month_start from {{ ref('stg_loads__changed_receipts') }}
    where month_start is not null
    union
    select {{ first_day_of_month('cast(trx_ts as date)') }} as month_start
    from {{ ref('stg_cohesive__receipts') }}
    where {{ is_in_as_of_gap('cast(trx_ts as date)') }}
{%- else -%}
    select cast(null as date) as month_start
    where false
{%- endif %}
