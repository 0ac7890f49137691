with cases (event_type, is_machine_open, expected) as (
    values
    ('opened', false, true),
    ('opened', null, true),
    ('opened', true, false),
    ('clicked', null, true),
    ('clicked', true, true),
    ('delivered', false, false),
    (null, null, false)
),

actuals as (
    select
        event_type,
        is_machine_open,
        expected,
        {{ is_human_engagement('event_type', 'is_machine_open') }} as actual
    from cases
)

select
    event_type,
    is_machine_open,
    expected,
    actual
from actuals
where actual is distinct from expected
