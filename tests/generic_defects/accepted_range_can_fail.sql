-- Planted: -1 below and 11 above; with exclusive bounds 0 and 10 too. Null is no value.
with inclusive as (
    {{ test_accepted_range(
        "(values (-1), (0), (5), (10), (11), (null)) as planted (number)",
        "number", min_value=0, max_value=10
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
        "(values (-1), (0), (5), (10), (11), (null)) as planted (number)",
        "number", max_value=10
    ) }}
),

found (bounds, number) as (
    select
        'inclusive' as bounds,
        number
    from inclusive
    union all
    select
        'exclusive' as bounds,
        number
    from exclusive
    union all
    select
        'only above' as bounds,
        number
    from only_above
),

expected (bounds, number) as (
    values
    ('inclusive', -1), ('inclusive', 11),
    ('exclusive', -1), ('exclusive', 0), ('exclusive', 10), ('exclusive', 11),
    ('only above', 11)
)

select
    found.bounds,
    found.number,
    expected.bounds as expected_bounds,
    expected.number as expected_number
from found
full outer join expected on found.bounds = expected.bounds and found.number = expected.number
where found.bounds is null or expected.bounds is null
