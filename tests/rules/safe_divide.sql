-- Exact decimals, half away from zero, null for a denominator of 0 or null. Inputs are text, so
-- that no literal is taken for a double on the way.
with cases (numerator, denominator, expected) as (
    values
    ('1', '2', '0.5'),
    ('7', '2', '3.5'),
    ('1', '3', '0.333333'),
    ('2', '3', '0.666667'),
    ('-2', '3', '-0.666667'),
    ('2', '-3', '-0.666667'),
    ('-2', '-3', '0.666667'),
    ('1', '2000000', '0.000001'),
    ('-1', '2000000', '-0.000001'),
    ('3', '2000000', '0.000002'),
    ('0.999999', '2000000', '0'),
    ('0', '5', '0'),
    ('5', '0', null),
    ('0', '0', null),
    ('5', null, null),
    (null, '5', null),
    (null, null, null),
    ('9007199254740993', '1', '9007199254740993'),
    ('9999999999999999.999999', '1', '9999999999999999.999999'),
    ('9999999999999999999999.999999', '9999999999999999999999.999999', '1'),
    ('1', '9999999999999999999999.999999', '0'),
    -- the half, and next to it: rounding to 16 digits first would turn both up
    ('999999999999999.999999', '2000000000000000000000', '0'),
    ('1000000000000000', '2000000000000000000000', '0.000001'),
    ('1234567890123.45', '987654.32', '1249999.99'),
    -- halves, and next to them, where a double has few digits to spare
    ('1234567.654321', '2', '617283.827161'),
    ('-1234567.654321', '2', '-617283.827161'),
    ('1999999997.999999', '2', '999999999'),
    ('1999999997.999998', '2', '999999998.999999'),
    ('-1999999997.999997', '2', '-999999998.999999'),
    ('999999999998', '1000.000001', '999999998.998'),
    ('999999999999', '999999999998', '1'),
    ('0.000001', '999999999998', '0')
),

typed as (
    select
        numerator,
        denominator,
        {{ safe_divide(
            'cast(numerator as numeric(28, 6))', 'cast(denominator as numeric(28, 6))'
        ) }} as actual,
        cast(expected as numeric(28, 6)) as expected
    from cases
)

select
    numerator,
    denominator,
    actual,
    expected
from typed
where actual is distinct from expected
