-- tender_method.
with cases (payment_method, expected) as (
    values
    ('QRIS', 'QRIS'),
    ('ALL', 'UNKNOWN'),
    ('NO_PAYMENT', 'UNKNOWN'),
    ('UNKNOWN', 'UNKNOWN'),
    (null, null)
),

actuals as (
    select
        payment_method,
        expected,
        {{ tender_method('payment_method') }} as actual
    from cases
)

select
    payment_method,
    expected,
    actual
from actuals
where actual is distinct from expected
