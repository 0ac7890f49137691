-- is_proof_of_delivery: what shows that a message arrived, and what does not.
with cases (event_type, expected) as (
    values
    ('delivered', true),
    ('opened', true),
    ('clicked', true),
    ('sent', false),
    ('bounced', false),
    ('unsubscribed', false),
    (cast(null as varchar), false)
),

actuals as (
    select
        expected,
        {{ is_proof_of_delivery('event_type') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
