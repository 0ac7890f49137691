-- A fact that has more or fewer rows than staging keeps up to the as-of date: a join fanned out or
-- lost one.

with run as (
    select * from {{ ref('int_run__as_of') }}
),

receipts as (
    select * from {{ ref('stg_cohesive__receipts') }}
),

receipt_lines as (
    select * from {{ ref('stg_cohesive__receipt_lines') }}
),

payments as (
    select * from {{ ref('stg_cohesive__receipt_payments') }}
),

entries as (
    select * from {{ ref('stg_cohesive__koin_entries') }}
),

vouchers as (
    select * from {{ ref('stg_cohesive__vouchers') }}
),

events as (
    select * from {{ ref('stg_stamps__message_events') }}
),

dated_receipts as (
    select receipts.receive_main_id
    from receipts
    inner join run
        on cast(receipts.trx_ts as date) <= run.as_of_date
),

later_receipts as (
    select receipts.receive_main_id
    from receipts
    inner join run
        on cast(receipts.trx_ts as date) > run.as_of_date
),

expected as (
    select
        'fct_receipts' as fact,
        count(*) as row_count
    from dated_receipts
    union all
    select
        'fct_receipt_lines' as fact,
        count(*) as row_count
    from receipt_lines
    left join later_receipts
        on receipt_lines.receive_main_id = later_receipts.receive_main_id
    {% if var('as_of_date') -%}
        cross join run
        left join receipts
            on receipt_lines.receive_main_id = receipts.receive_main_id
    {%- endif %}
    where
        later_receipts.receive_main_id is null
        and not {{ is_later_orphan(
            'receipts.receive_main_id', 'receipt_lines.receipt_updated_at', 'run.as_of_date'
        ) }}
    union all
    select
        'fct_receipt_payments' as fact,
        count(*) as row_count
    from payments
    left join later_receipts
        on payments.receive_main_id = later_receipts.receive_main_id
    {% if var('as_of_date') -%}
        cross join run
        left join receipts
            on payments.receive_main_id = receipts.receive_main_id
    {%- endif %}
    where
        later_receipts.receive_main_id is null
        and not {{ is_later_orphan(
            'receipts.receive_main_id', 'payments.receipt_updated_at', 'run.as_of_date'
        ) }}
    union all
    select
        'fct_koin_entries' as fact,
        count(*) as row_count
    from entries
    inner join run
        on cast(entries.entry_ts as date) <= run.as_of_date
    union all
    select
        'fct_vouchers' as fact,
        count(*) as row_count
    from vouchers
    inner join run
        on cast(vouchers.issued_at as date) <= run.as_of_date
    union all
    select
        'fct_message_events' as fact,
        count(*) as row_count
    from events
    inner join run
        on cast(events.event_ts as date) <= run.as_of_date
),

found as (
    {% for fact in [
        'fct_receipts', 'fct_receipt_lines', 'fct_receipt_payments', 'fct_koin_entries',
        'fct_vouchers', 'fct_message_events',
    ] -%}
        select
            '{{ fact }}' as fact,
            count(*) as row_count
        from {{ ref(fact) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    expected.fact,
    expected.row_count as expected_rows,
    found.row_count as found_rows
from expected
inner join found
    on expected.fact = found.fact
where expected.row_count <> found.row_count
