-- Byte order: capitals before the underscore before small letters, whatever the database's
-- collation.
with cases (code, expected) as (
    values
    ('B', 3), ('a', 5), ('A-', 1), ('_', 4), ('AB', 2)
),

in_order as (
    select
        code,
        expected,
        row_number() over (order by {{ text_order('code') }}) as actual
    from cases
)

select
    code,
    expected,
    actual
from in_order
where actual <> expected
