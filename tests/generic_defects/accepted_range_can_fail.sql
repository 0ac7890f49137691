-- Planted: -1 below and 11 above; with exclusive bounds 0 and 10 too. Null is no value.
with inclusive as (
    {{ test_accepted_range(
        "(values (-1), (0), (5), (10), (11), (null)) as planted (number)", "number", min_value=0, max_value=10
    ) }}
),

exclusive as (
    {{ test_accepted_range(
        "(values (-1), (0), (5), (10), (11), (null)) as planted (number)",
        "number", min_value=0, max_value=10, inclusive=false
    ) }}
),

only_above as (
    {{ test_accepted_range(
        "(values (-1), (0), (5), (10), (11), (null)) as planted (number)", "number", max_value=10
    ) }}
),

found as (
    select
        (select count(*) from inclusive) as inclusive_count,
        (select count(*) from exclusive) as exclusive_count,
        (select count(*) from only_above where number = 11) as above_count,
        (select count(*) from only_above) as only_above_count
)

select
    inclusive_count,
    exclusive_count,
    above_count,
    only_above_count
from found
where inclusive_count <> 2 or exclusive_count <> 4 or above_count <> 1 or only_above_count <> 1
