-- is_impossible_amount.
with cases (amount, expected) as (
    values
    (cast('99999999999999.99' as numeric(18, 2)), false),
    (cast('100000000000000.00' as numeric(18, 2)), true),
    (cast('-99999999999999.99' as numeric(18, 2)), false),
    (cast('-100000000000000.00' as numeric(18, 2)), true),
    -- A barcode; an amount of which numeric(18,2) does not hold a dozen.
    (cast('8991234567890.00' as numeric(18, 2)), false),
    (cast('999999999999999.00' as numeric(18, 2)), true),
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
