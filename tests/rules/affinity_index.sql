-- affinity_index: as often as members do is 1, few receipts are shrunk towards 1.
with cases (x, n, c, m, expected) as (
    values
    (3, 10, 100, 1000, 1.666667),
    (1, 10, 100, 1000, 1.000000),
    (1, 1, 100, 1000, 1.428571),
    (0, 10, 100, 1000, 0.666667),
    (5, 5, 1000, 1000, 1.000000),
    (0, 5, 0, 1000, null)
),

actuals as (
    select
        expected,
        {{ affinity_index('x', 'n', 'c', 'm') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
