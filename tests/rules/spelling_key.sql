-- Matched whole: a name within a name is another place.
with areas (raw_city, city) as (
    values
    ('kota serang', 'Kota Serang'), ('kab. serang', 'Kab. Serang'), ('depok', 'Kota Depok')
),

cases (raw_city, expected) as (
    values
    ('  KOTA  Serang ', 'Kota Serang'),
    ('Kab. Serang', 'Kab. Serang'),
    ('DEPOK', 'Kota Depok'),
    ('Serang Baru', null),
    ('serang', null),
    ('Kota Serangan', null),
    ('', null),
    (null, null)
),

actuals as (
    select
        cases.raw_city,
        cases.expected,
        areas.city as actual,
        {{ spelling_key('cases.raw_city') }} as actual_key
    from cases
    left join areas on {{ spelling_key('cases.raw_city') }} = areas.raw_city
)

select
    raw_city,
    expected,
    actual
from actuals
where actual is distinct from expected or actual_key = ''
