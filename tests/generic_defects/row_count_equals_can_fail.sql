-- Planted: three rows against two; two against two must pass.
with failures as (
    {{ test_row_count_equals("(values (1), (2), (2)) as planted (number)", "(values (1), (2)) as expected (number)") }}
),

no_failures as (
    {{ test_row_count_equals("(values (1), (3)) as planted (number)", "(values (1), (2)) as expected (number)") }}
),

found as (
    select
        (select count(*) from failures where row_count = 3 and compare_row_count = 2) as planted_count,
        (select count(*) from no_failures) as false_alarm_count
)

select
    planted_count,
    false_alarm_count
from found
where planted_count <> 1 or false_alarm_count <> 0
