with cases (entry_type, koin, expected, expected_lot, expected_step) as (
    values
    ('issue', 100, 100, 100, 0),
    ('redeem', 100, -100, 0, 100),
    ('expire', 100, -100, 0, 100),
    ('adjust', 100, 100, 100, 0),
    ('adjust', -100, -100, 0, 100),
    ('adjust', 0, 0, 0, 0),
    ('reverse_issue', 100, -100, 0, 100),
    ('reverse_redeem', 100, 100, 0, -100),
    ('gift', 100, null, 0, 0),
    (null, 100, null, 0, 0)
),

actuals as (
    select
        entry_type,
        koin,
        expected,
        expected_lot,
        expected_step,
        {{ koin_movement('entry_type', 'koin') }} as actual,
        {{ koin_lot('entry_type', 'koin') }} as actual_lot,
        {{ koin_cursor_step('entry_type', 'koin') }} as actual_step
    from cases
)

select
    entry_type,
    koin,
    expected,
    actual,
    expected_lot,
    actual_lot,
    expected_step,
    actual_step
from actuals
where
    actual is distinct from expected
    or actual_lot <> expected_lot
    or actual_step <> expected_step
