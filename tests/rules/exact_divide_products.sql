-- Exact also where the quotient lies in the middle of two units or right beside it, of small
-- products and of great ones. Inputs are text, so that no literal is taken for a double on the way.
with cases (factor_1, factor_2, divisor_1, divisor_2, expected) as (
    values
    ('2', '3', '4', '5', '0.3'),
    ('-2', '3', '4', '5', '-0.3'),
    ('2', '-3', '-7', '1', '0.857143'),
    ('1', '1', '2', '1000000', '0.000001'),
    ('1', '1', '-2', '1000000', '-0.000001'),
    ('0', '3', '4', '5', '0'),
    ('2', '3', '0', '5', null),
    ('2', null, '4', '5', null),
    ('2', '3', null, '5', null),
    -- members who bought for little: 21.00 of 25.25 against 21.00 of 125.24
    ('21.00', '125.24', '25.25', '21.00', '4.96'),
    ('0.01', '0.01', '0.01', '0.02', '0.5'),
    -- 0.4999999999 units, a half, and what lies beside it
    ('0.99', '50505.05', '1000000', '100000', '0'),
    ('0.50', '100000', '1000000', '100000', '0.000001'),
    ('-0.50', '100000', '1000000', '100000', '-0.000001'),
    -- sums of members and of everybody
    ('123456789.12', '9876543212345.67', '98765432109.87', '12345876543.21', '0.999984'),
    ('99999999999999.99', '1', '0.01', '1', '9999999999999999'),
    ('99999999999999.99', '999999999999999999.99', '9999999999999.98', '999999999999999999', '10')
),

typed as (
    select
        factor_1,
        factor_2,
        divisor_1,
        divisor_2,
        cast(factor_1 as numeric(16, 2)) as typed_factor_1,
        cast(factor_2 as numeric(20, 2)) as typed_factor_2,
        cast(divisor_1 as numeric(16, 2)) as typed_divisor_1,
        cast(divisor_2 as numeric(20, 2)) as typed_divisor_2,
        cast(expected as numeric(28, 6)) as expected
    from cases
),

divided as (
    select
        factor_1,
        factor_2,
        divisor_1,
        divisor_2,
        {{ exact_divide_products(
            ['typed_factor_1', 'typed_factor_2'], ['typed_divisor_1', 'typed_divisor_2']
        ) }} as actual,
        expected
    from typed
)

select
    factor_1,
    factor_2,
    divisor_1,
    divisor_2,
    actual,
    expected
from divided
where actual is distinct from expected
