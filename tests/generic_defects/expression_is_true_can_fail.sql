-- Planted: 3 > 2 is false, and null > 2 is not true.
with failures as (
    {{ test_expression_is_true(
        "(values (1, 'good'), (3, 'false'), (null, 'null')) as planted (number, kind)",
        "number <= 2"
    ) }}
),

found as (
    select
        count(*) as failure_count,
        sum(case when kind in ('false', 'null') then 1 else 0 end) as planted_count
    from failures
)

select
    failure_count,
    planted_count
from found
where failure_count <> 2 or planted_count <> 2
