-- twelve_months_start: 12 whole months on a month-end, the day after the same day else.
with cases (on_date, expected) as (
    values
    (cast('2025-11-02' as date), cast('2024-11-03' as date)),
    (cast('2025-10-31' as date), cast('2024-11-01' as date)),
    (cast('2025-02-28' as date), cast('2024-03-01' as date)),
    (cast('2024-02-28' as date), cast('2023-03-01' as date)),
    (cast('2024-02-29' as date), cast('2023-03-01' as date)),
    (cast(null as date), cast(null as date))
),

actuals as (
    select
        expected,
        {{ twelve_months_start('on_date') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
