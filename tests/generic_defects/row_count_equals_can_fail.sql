-- Planted: three rows against two. Two different rows against two are equal in number.
with failures as (
    {{ test_row_count_equals(
        "(values (1), (2), (2)) as planted (number)", "(values (1), (2)) as expected (number)"
    ) }}
),

false_alarms as (
    {{ test_row_count_equals(
        "(values (1), (3)) as planted (number)", "(values (1), (2)) as expected (number)"
    ) }}
),

found as (
    select
        'planted' as kind,
        row_count,
        compare_row_count
    from failures
    union all
    select
        'false alarm' as kind,
        row_count,
        compare_row_count
    from false_alarms
),

expected (kind, row_count, compare_row_count) as (
    values
    ('planted', 3, 2)
)

select
    found.kind,
    found.row_count,
    found.compare_row_count,
    expected.kind as expected_kind
from found
full outer join expected
    on
        found.kind = expected.kind
        and found.row_count = expected.row_count
        and found.compare_row_count = expected.compare_row_count
where found.kind is null or expected.kind is null
