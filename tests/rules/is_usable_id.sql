with cases (id, expected) as (
    values
    ('RRR-0012', true),
    ('a@b!c', true),
    ('A1;B2', true),
    ('RRR 12', false),
    ('=A1', false),
    ('-1', false),
    ('@user', false),
    ('A1;=B2', false),
    ('A1,"+6281', false),
    ('Aé1', false),
    ('', false),
    (null, false)
),

actuals as (
    select
        id,
        expected,
        {{ is_usable_id('id') }} as actual
    from cases
)

select
    id,
    expected,
    actual
from actuals
where actual is distinct from expected
