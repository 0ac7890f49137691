-- A percentage is a hundredth; what lies strictly between 0 and 1 already is a share.
with cases (percent, expected) as (
    values
    ('10', '0.1'),
    ('12.5', '0.125'),
    ('100', '1'),
    ('1', '0.01'),
    ('0.1', '0.1'),
    ('0.9999', '0.9999'),
    ('0', '0'),
    (null, null)
),

typed as (
    select
        cast(percent as numeric(9, 6)) as percent,
        cast(expected as numeric(9, 6)) as expected
    from cases
)

select
    percent,
    expected,
    {{ share_of_percent('percent') }} as actual
from typed
where {{ share_of_percent('percent') }} is distinct from expected
