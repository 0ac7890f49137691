-- activation_status and is_erased: a moment counts from its own day on.
with cases (happened_at, as_of_date, expected_status, expected_erased) as (
    values
    (cast('2025-08-31 23:59:59' as timestamp), cast('2025-08-31' as date), 'activated', true),
    (cast('2025-08-30 00:00:00' as timestamp), cast('2025-08-31' as date), 'activated', true),
    (cast('2025-09-01 00:00:00' as timestamp), cast('2025-08-31' as date), 'not_activated', false),
    (cast(null as timestamp), cast('2025-08-31' as date), 'not_activated', false)
),

actuals as (
    select
        happened_at,
        expected_status,
        expected_erased,
        {{ activation_status('happened_at', 'as_of_date') }} as actual_status,
        {{ is_erased('happened_at', 'as_of_date') }} as actual_erased
    from cases
)

select
    happened_at,
    actual_status,
    actual_erased
from actuals
where actual_status <> expected_status or actual_erased is distinct from expected_erased
