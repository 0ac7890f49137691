-- First 7 hex digits of md5, over 16^7: md5('abc') starts 9001509, md5('') starts
-- d41d8cd, md5('koin:00042') starts 01b1fc1.
with cases (salted_id, expected) as (
    values
    ('abc', '0.5625200607'),
    ('', '0.8285758980'),
    ('koin:00042', '0.0066220798'),
    (null, null)
),

actuals as (
    select
        salted_id,
        cast(expected as numeric(12, 10)) as expected,
        {{ fraction_of_md5('salted_id') }} as actual
    from cases
)

select
    salted_id,
    expected,
    actual
from actuals
where actual is distinct from expected
