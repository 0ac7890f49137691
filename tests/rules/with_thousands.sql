-- with_thousands: commas between the thousands, none below.
with cases (number_given, expected) as (
    values
    (0, '0'),
    (999, '999'),
    (12480, '12,480'),
    (1000000, '1,000,000'),
    (-1500, '-1,500')
),

actuals as (
    select
        expected,
        {{ with_thousands('number_given') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
