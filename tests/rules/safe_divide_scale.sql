-- Whole numbers of any integer type, the scale argument, and sums as arguments.
with cases (numerator, denominator, expected_0, expected_2) as (
    values
    (5, 2, '3', '2.50'),
    (-5, 2, '-3', '-2.50'),
    (1, 8, '0', '0.13'),
    (-1, 8, '0', '-0.13'),
    (1, 0, null, null)
),

divided as (
    select
        numerator,
        denominator,
        {{ safe_divide('numerator', 'denominator', scale=0) }} as actual_0,
        {{ safe_divide(
            'sum(numerator)', 'sum(cast(denominator as bigint))', scale=2
        ) }} as actual_2,
        cast(expected_0 as numeric(28, 0)) as expected_0,
        cast(expected_2 as numeric(28, 2)) as expected_2
    from cases
    group by numerator, denominator, expected_0, expected_2
)

select
    numerator,
    denominator,
    actual_0,
    actual_2
from divided
where actual_0 is distinct from expected_0 or actual_2 is distinct from expected_2
