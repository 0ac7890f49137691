-- Planted: ('b', null) twice. ('a', 1) and ('a', 2) are different, and so is ('b', 1).
with failures as (
    {{ test_unique_combination(
        "(values ('a', 1), ('a', 2), ('b', null), ('b', null), ('b', 1)) as planted (code, number)",
        ["code", "number"]
    ) }}
),

found as (
    select
        count(*) as failure_count,
        sum(
            case when code = 'b' and number is null and row_count = 2 then 1 else 0 end
        ) as planted_count
    from failures
)

select
    failure_count,
    planted_count
from found
where failure_count <> 1 or planted_count <> 1
