with cases (week_start, as_of_date, first_receipt_date, expected) as (
    values
    (cast('2025-10-27' as date), cast('2025-11-02' as date), cast('2023-10-16' as date), true),
    (cast('2025-10-27' as date), cast('2025-11-01' as date), cast('2023-10-16' as date), false),
    (cast('2025-10-27' as date), cast('2025-12-31' as date), cast('2025-10-27' as date), true),
    (cast('2025-10-27' as date), cast('2025-12-31' as date), cast('2025-10-28' as date), false),
    (cast('2025-10-27' as date), cast('2025-12-31' as date), null, false),
    (cast('2025-10-27' as date), null, cast('2023-10-16' as date), false)
),

actuals as (
    select
        week_start,
        as_of_date,
        first_receipt_date,
        expected,
        {{ is_complete_week('week_start', 'as_of_date', 'first_receipt_date') }} as actual
    from cases
)

select
    week_start,
    as_of_date,
    first_receipt_date,
    actual
from actuals
where actual is distinct from expected
