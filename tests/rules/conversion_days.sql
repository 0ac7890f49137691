-- Seven days where the list of campaigns says nothing; none is an answer.
with cases (days, expected) as (
    values
    (14, 14),
    (0, 0),
    (null, 7)
),

computed as (
    select
        days,
        expected,
        {{ conversion_days('days') }} as result
    from cases
)

select *
from computed
where result is distinct from expected
