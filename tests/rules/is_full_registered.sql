with cases (registration_status, expected) as (
    values
    ('full', true), ('FULL', true), (' Full ', true),
    ('partial', false), ('fully', false), ('', false), (null, false)
),

actuals as (
    select
        registration_status,
        expected,
        {{ is_full_registered('registration_status') }} as actual
    from cases
)

select
    registration_status,
    expected,
    actual
from actuals
where actual is distinct from expected
