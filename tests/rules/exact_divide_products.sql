-- Products of ten digits after the point are rounded to six before they are divided, also where the
-- quotient is so near to the middle of two units that this decides. Inputs are text, so that no
-- literal is taken for a double on the way.
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
    -- products below the sixth digit
    ('0.01', '0.00004999', '1', '1', '0'),
    ('0.01', '0.00005000', '1', '1', '0.000001'),
    ('0.01', '0.00005000', '0.01', '0.00005000', '1'),
    ('1', '1', '0.01', '0.00004999', null),
    ('3', '1', '0.01', '0.00015000', '1500000'),
    -- 0.499999 units, and 0.499999995, which is half of one after its product was rounded
    ('0.99', '0.50504900', '1000000', '1', '0'),
    ('0.99', '0.50505050', '1000000', '1', '0.000001'),
    -- sums of members and of everybody
    ('123456789.12', '9876543.21234567', '98765432109.87', '12345.87654321', '0.999984'),
    ('99999999999999.99', '1', '0.01', '1', '9999999999999999')
),

typed as (
    select
        factor_1,
        factor_2,
        divisor_1,
        divisor_2,
        cast(factor_1 as numeric(16, 2)) as typed_factor_1,
        cast(factor_2 as numeric(22, 8)) as typed_factor_2,
        cast(divisor_1 as numeric(16, 2)) as typed_divisor_1,
        cast(divisor_2 as numeric(22, 8)) as typed_divisor_2,
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
