-- age_in_years: the day before the birthday, the day, 29 February, the unborn, the unknown, and
-- who would be older than anybody.
with cases (birth_date, on_date, expected) as (
    values
    (cast('2020-03-15' as date), cast('2025-03-14' as date), 4),
    (cast('2020-03-15' as date), cast('2025-03-15' as date), 5),
    (cast('2020-02-29' as date), cast('2025-02-28' as date), 4),
    (cast('2020-02-29' as date), cast('2025-03-01' as date), 5),
    (cast('2020-02-29' as date), cast('2024-02-29' as date), 4),
    (cast('2025-01-01' as date), cast('2025-01-01' as date), 0),
    (cast('2025-01-02' as date), cast('2025-01-01' as date), null),
    (cast('1904-01-02' as date), cast('2025-01-01' as date), 120),
    (cast('1904-01-01' as date), cast('2025-01-01' as date), null),
    (cast('0202-05-01' as date), cast('2025-01-01' as date), null),
    (cast(null as date), cast('2025-01-01' as date), null)
),

actuals as (
    select
        expected,
        {{ age_in_years('birth_date', 'on_date') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
