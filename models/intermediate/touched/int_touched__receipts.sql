-- One row a receipt whose facts may have changed since the last published build: what came or
-- went, the receipts of members who may be others, and those between the two as-of dates; of lines
-- and payments, which may be all there is of a receipt, those of versions between the two. Empty in
-- a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('stg_loads__changed_receipts') }}
-- depends_on: {{ ref('int_touched__profiles') }}
-- depends_on: {{ ref('stg_cohesive__receipts') }}
-- depends_on: {{ ref('stg_cohesive__receipt_lines') }}
-- depends_on: {{ ref('stg_cohesive__receipt_payments') }}
{% if is_incremental_run() -%}
    select receive_main_id from {{ ref('stg_loads__changed_receipts') }}
    union
    select receive_main_id from {{ ref('stg_cohesive__receipts') }}
    where
        {{ is_listed('cust_id', 'int_touched__profiles') }}
        or {{ is_in_as_of_gap('cast(trx_ts as date)') }}
    {% for pieces in ['stg_cohesive__receipt_lines', 'stg_cohesive__receipt_payments'] -%}
        union
        select receive_main_id from {{ ref(pieces) }}
        where {{ is_in_as_of_gap('cast(receipt_updated_at as date)') }}
    {% endfor -%}
{%- else -%}
    select cast(null as varchar) as receive_main_id
    where false
{%- endif %}
