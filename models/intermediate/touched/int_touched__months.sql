-- One row a month whose sales may have changed since the last published build: the months in which
-- receipts of which a raw row came or went are or were, and those of the two as-of dates; every month
-- when stores, products or the first receipt are others. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('dim_dates') }}
{% if is_incremental_run() -%}

select {{ first_day_of_month('business_date') }} as month_start
from {{ ref('stg_loads__changed_receipts') }}
where business_date is not null
union
select month_start from {{ ref('dim_dates') }}
where
    {{ is_in_as_of_gap('month_start') }}
    or {{ is_in_as_of_gap('month_end') }}
    or date_day in (cast('{{ as_of_dates()[0] }}' as date), cast('{{ as_of_dates()[1] }}' as date))
    or {{
        as_of_dates()[4]
        or changed_load_days('cohesive.tbl_site') | length > 0
        or changed_load_days('cohesive.tbl_product') | length > 0
    }}
{%- else -%}

select cast(null as date) as month_start
where false
{%- endif %}
