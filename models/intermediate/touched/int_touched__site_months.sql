-- One row a store and month of which receipts may have changed since the last published build:
-- those that came or went, where and when they said before or say now, and those between the two
-- as-of dates. Members and products are not looked at. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
{% if is_incremental_run() -%}
    select
        coalesce(site_code, 'UNKNOWN') as site_code,
        month_start
    from {{ ref('stg_loads__changed_receipts') }}
    where month_start is not null
    union
    select
        coalesce(site_code, 'UNKNOWN') as site_code,
        {{ first_day_of_month('cast(trx_ts as date)') }} as month_start
    from {{ ref('stg_cohesive__receipts') }}
    where {{ is_in_as_of_gap('cast(trx_ts as date)') }}
{%- else -%}
    select
        cast(null as varchar) as site_code,
        cast(null as date) as month_start
    where false
{%- endif %}
