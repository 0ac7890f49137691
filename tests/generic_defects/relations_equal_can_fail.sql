-- Planted: a changed number (one row in excess on each side) and a row that is there twice.
with failures as (
    {{ test_relations_equal(
        "(values ('a', 1), ('b', 2), ('c', 3), ('c', 3), ('d', null)) as planted (code, number)",
        "(values ('a', 1), ('b', 9), ('c', 3), ('d', null)) as expected (code, number)",
        ["code", "number"]
    ) }}
),

no_failures as (
    {{ test_relations_equal(
        "(values ('a', 1), ('b', null)) as planted (code, number)",
        "(values ('b', null), ('a', 1)) as expected (code, number)",
        ["code", "number"]
    ) }}
),

found as (
    select
        (select count(*) from failures) as failure_count,
        (
            select count(*) from failures
            where (code = 'b' and number = 2 and found_in = 'model')
                or (code = 'b' and number = 9 and found_in = 'compare_model')
                or (code = 'c' and number = 3 and found_in = 'model')
        ) as planted_count,
        (select count(*) from no_failures) as false_alarm_count
)

select
    failure_count,
    planted_count,
    false_alarm_count
from found
where failure_count <> 3 or planted_count <> 3 or false_alarm_count <> 0
