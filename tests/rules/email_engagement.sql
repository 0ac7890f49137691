-- email_engagement and its place in "non-openers first".
with cases (has_human_open_or_click, has_delivered, expected, expected_rank) as (
    values
    (true, true, 'opener', 3),
    (true, false, 'opener', 3),
    (true, null, 'opener', 3),
    (false, true, 'non_opener', 1),
    (null, true, 'non_opener', 1),
    (false, false, 'unknown', 2),
    (null, null, 'unknown', 2)
),

actuals as (
    select
        expected,
        expected_rank,
        {{ email_engagement('has_human_open_or_click', 'has_delivered') }} as actual
    from cases
)

select
    expected,
    actual,
    {{ non_opener_first_rank('actual') }} as actual_rank
from actuals
where
    actual <> expected
    or {{ non_opener_first_rank('actual') }} <> expected_rank
    or {{ non_opener_first_rank('cast(null as varchar)') }} <> 2
