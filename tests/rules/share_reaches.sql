-- Shares at and below a percentage, with whole numbers that a rounded ratio would confuse.
with cases (part, whole, expected) as (
    values
    (50, 1000, true),
    (50, 1001, false),
    (49, 980, true),
    (1000000001, 20000000020, true),
    (1000000001, 20000000021, false),
    (19, 20, false),
    (20, 20, true),
    (0, 0, false),
    (20, 0, true),
    (null, 20, null)
),

answers as (
    select
        part,
        whole,
        expected,
        {{ share_reaches('cast(part as bigint)', 'cast(whole as bigint)', 5) }} as answer
    from cases
)

select *
from answers
where answer is distinct from expected
