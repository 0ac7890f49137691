-- is_opted_in: null is no; an unsubscribe after the opt-in, or with no opt-in time, takes it back.
with cases (case_name, opt_in, opt_in_at, unsubscribed_at, expected) as (
    values
    ('given', true, '2025-01-01 10:00:00', null, true),
    ('given, time not known', true, null, null, true),
    ('refused', false, '2025-01-01 10:00:00', null, false),
    ('not known', null, '2025-01-01 10:00:00', null, false),
    ('unsubscribed after', true, '2025-01-01 10:00:00', '2025-01-01 10:00:01', false),
    ('unsubscribed before', true, '2025-01-01 10:00:00', '2025-01-01 09:59:59', true),
    ('unsubscribed in the same second', true, '2025-01-01 10:00:00', '2025-01-01 10:00:00', true),
    ('unsubscribed, opt-in time not known', true, null, '2020-01-01 00:00:00', false),
    ('refused and unsubscribed', false, null, '2025-01-01 10:00:00', false)
),

actuals as (
    select
        case_name,
        expected,
        {{ is_opted_in(
            'opt_in', 'cast(opt_in_at as timestamp)', 'cast(unsubscribed_at as timestamp)'
        ) }} as actual
    from cases
)

select
    case_name,
    expected,
    actual
from actuals
where actual is distinct from expected
