-- The windows of a member end with a day, the receipt has a time and a day.
with cases (first_sent_ts, window_ends_on, trx_ts, expected) as (
    values
    ('2025-08-17 10:00:00', '2025-08-24', '2025-08-17 10:00:01', true),
    ('2025-08-17 10:00:00', '2025-08-24', '2025-08-17 10:00:00', false),
    ('2025-08-17 10:00:00', '2025-08-24', '2025-08-17 09:59:59', false),
    ('2025-08-17 10:00:00', '2025-08-24', '2025-08-24 23:59:59', true),
    ('2025-08-17 10:00:00', '2025-08-24', '2025-08-25 00:00:00', false),
    (null, '2025-08-24', '2025-08-18 10:00:00', null)
),

typed as (
    select
        cast(first_sent_ts as timestamp) as first_sent_ts,
        cast(window_ends_on as date) as window_ends_on,
        cast(trx_ts as timestamp) as trx_ts,
        cast(trx_ts as date) as business_date,
        cast(expected as boolean) as expected
    from cases
),

actuals as (
    select
        typed.trx_ts,
        typed.expected,
        {{ is_conversion('typed', 'typed') }} as actual
    from typed
)

select
    trx_ts,
    expected,
    actual
from actuals
where actual is distinct from expected
