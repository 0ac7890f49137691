with cases (entry_type, koin, expected) as (
    values
    ('issue', 100, 100),
    ('redeem', 100, -100),
    ('expire', 100, -100),
    ('adjust', 100, 100),
    ('adjust', -100, -100),
    ('reverse_issue', 100, -100),
    ('reverse_redeem', 100, 100),
    ('gift', 100, null),
    (null, 100, null)
),

actuals as (
    select
        entry_type,
        koin,
        expected,
        {{ koin_movement('entry_type', 'koin') }} as actual
    from cases
)

select
    entry_type,
    koin,
    expected,
    actual
from actuals
where actual is distinct from expected
