-- Each part of a list is a row, the empty ones too; '' and null have none.
with cases (id, list_text) as (
    values
    (1, 'SILVER|GOLD'),
    (2, 'one'),
    (3, 'a||b|'),
    (4, ''),
    (5, null)
),

parts as (
    select
        cases.id,
        parts.part
    from cases
    {{ split_to_rows('cases.list_text', '|', 'parts', 'part') }}
),

found as (
    select
        id,
        part,
        cast(count(*) as integer) as part_count
    from parts
    group by id, part
),

expected (id, part, part_count) as (
    values
    (1, 'SILVER', 1),
    (1, 'GOLD', 1),
    (2, 'one', 1),
    (3, 'a', 1),
    (3, 'b', 1),
    (3, '', 2)
)

select
    found.part_count as actual_count,
    expected.part_count as expected_count,
    coalesce(found.id, expected.id) as id,
    coalesce(found.part, expected.part) as part
from found
full join expected
    on
        found.id = expected.id
        and found.part = expected.part
where found.part_count is distinct from expected.part_count
