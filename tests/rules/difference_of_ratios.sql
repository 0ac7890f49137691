-- 2 / 3 less 1 / 3 is a third, and as much again of it: neither, were the ratios rounded first.
with cases (value_sum, day_count, other_sum, other_count, expected_difference, expected_change) as (
    values
    (11, 7, 7, 14, 1.071429, 2.142857),
    (2, 3, 1, 3, 0.333333, 1.000000),
    (1, 3, 1, 3, 0.000000, 0.000000),
    (0, 3, 1, 3, -0.333333, -1.000000),
    (1, 0, 1, 3, null, null),
    (1, 3, 1, 0, null, null),
    (1, 3, 0, 3, 0.333333, null),
    (null, 3, 1, 3, null, null)
),

actuals as (
    select
        value_sum,
        day_count,
        other_sum,
        other_count,
        expected_difference,
        expected_change,
        {{ difference_of_ratios('value_sum', 'day_count', 'other_sum', 'other_count') }}
            as actual_difference,
        {{ change_of_ratios('value_sum', 'day_count', 'other_sum', 'other_count') }}
            as actual_change
    from cases
)

select
    value_sum,
    day_count,
    other_sum,
    other_count,
    expected_difference,
    actual_difference,
    expected_change,
    actual_change
from actuals
where
    actual_difference is distinct from expected_difference
    or actual_change is distinct from expected_change
