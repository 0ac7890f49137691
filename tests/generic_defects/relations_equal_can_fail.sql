-- Planted: a changed number (in excess on each side) and a row that is there twice. Equal
-- relations in another order, with a null, are equal.
with failures as (
    {{ test_relations_equal(
        "(values ('a', 1), ('b', 2), ('c', 3), ('c', 3), ('d', null)) as planted (code, number)",
        "(values ('a', 1), ('b', 9), ('c', 3), ('d', null)) as expected (code, number)",
        ["code", "number"]
    ) }}
),

false_alarms as (
    {{ test_relations_equal(
        "(values ('a', 1), ('b', null)) as planted (code, number)",
        "(values ('b', null), ('a', 1)) as expected (code, number)",
        ["code", "number"]
    ) }}
),

found as (
    select
        found_in,
        code,
        number
    from failures
    union all
    select
        'false alarm' as found_in,
        code,
        number
    from false_alarms
),

expected (found_in, code, number) as (
    values
    ('model', 'b', 2), ('compare_model', 'b', 9), ('model', 'c', 3)
)

select
    found.found_in,
    found.code,
    found.number,
    expected.found_in as expected_in,
    expected.code as expected_code
from found
full outer join expected
    on
        found.found_in = expected.found_in
        and found.code = expected.code
        and found.number = expected.number
where found.found_in is null or expected.found_in is null
