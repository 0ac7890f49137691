-- request_status: a delivered request is delivered, whatever its row says.
with cases (row_status, delivered_id, expected) as (
    values
    ('approved', null, 'approved'),
    ('approved', 'R1', 'delivered'),
    ('cancelled', 'R1', 'delivered'),
    (null, null, null)
),

actuals as (
    select
        expected,
        {{ request_status('row_status', 'delivered_id') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
