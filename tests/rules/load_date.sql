-- The day of a load, also of its last second; rows without time are a day of their own.
with cases (loaded_at, expected) as (
    values
    ('2025-11-03 02:15:00', '2025-11-03'),
    ('2025-11-03 23:59:59', '2025-11-03'),
    (null, '1900-01-01')
),

actuals as (
    select
        loaded_at,
        cast(expected as date) as expected,
        {{ load_date('cast(loaded_at as timestamp)') }} as actual
    from cases
)

select
    loaded_at,
    expected,
    actual
from actuals
where actual is distinct from expected
