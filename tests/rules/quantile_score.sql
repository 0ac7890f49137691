-- quantile_score: a value at a cut point stays below it; recency counts the other way round.
with cases (amount, cut_1, cut_2, cut_3, cut_4, expected_high, expected_low) as (
    values
    (1, 2, 4, 6, 8, 1, 5),
    (2, 2, 4, 6, 8, 1, 4),
    (7, 2, 4, 6, 8, 4, 2),
    (8, 2, 4, 6, 8, 4, 1),
    (9, 2, 4, 6, 8, 5, 1),
    (5, 5, 5, 5, 5, 1, 1),
    (6, 5, 5, 5, 5, 5, 1),
    (4, 5, 5, 5, 5, 1, 5)
),

actuals as (
    select
        expected_high,
        expected_low,
        {{ quantile_score('amount', 'cut_') }} as actual_high,
        {{ quantile_score('amount', 'cut_', high_is_good=false) }} as actual_low
    from cases
)

select
    expected_high,
    actual_high,
    expected_low,
    actual_low
from actuals
where
    actual_high <> expected_high
    or actual_low <> expected_low
