-- is_impossible_amount.
with cases (amount, expected) as (
    values
    (cast('999999999999999.99' as numeric(18, 2)), false),
    (cast('1000000000000000.00' as numeric(18, 2)), true),
    (cast('-999999999999999.99' as numeric(18, 2)), false),
    (cast('-1000000000000000.00' as numeric(18, 2)), true),
    (cast('0.00' as numeric(18, 2)), false),
    (cast(null as numeric(18, 2)), null)
),

actuals as (
    select
        amount,
        expected,
        {{ is_impossible_amount('amount') }} as actual
    from cases
)

select
    amount,
    actual
from actuals
where actual is distinct from expected
