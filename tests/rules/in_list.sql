-- in_list: whole values only; no list is no restriction, no value is in no list.
with cases (list_value, list_values, expected) as (
    values
    ('GOLD', 'GOLD|PLATINUM', true),
    ('PLATINUM', 'GOLD|PLATINUM', true),
    ('OLD', 'GOLD|PLATINUM', false),
    ('GOLD', 'GOLD', true),
    ('GOLD', null, true),
    (null, 'GOLD', false),
    (null, null, true)
),

actuals as (
    select
        expected,
        {{ in_list('list_value', 'list_values') }} as actual
    from cases
)

select
    expected,
    actual
from actuals
where actual is distinct from expected
