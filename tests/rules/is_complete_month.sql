with cases (month_start, as_of_date, first_receipt_date, expected) as (
    values
    (cast('2024-02-01' as date), cast('2024-02-29' as date), cast('2023-10-16' as date), true),
    (cast('2024-02-01' as date), cast('2024-02-28' as date), cast('2023-10-16' as date), false),
    (cast('2023-10-01' as date), cast('2024-02-29' as date), cast('2023-10-16' as date), false),
    (cast('2023-10-01' as date), cast('2024-02-29' as date), cast('2023-10-01' as date), true),
    (cast('2024-02-01' as date), cast('2024-02-29' as date), null, false),
    (cast('2024-02-01' as date), null, cast('2023-10-16' as date), false)
),

actuals as (
    select
        month_start,
        as_of_date,
        first_receipt_date,
        expected,
        {{ is_complete_month('month_start', 'as_of_date', 'first_receipt_date') }} as actual
    from cases
)

select
    month_start,
    as_of_date,
    first_receipt_date,
    actual
from actuals
where actual is distinct from expected
