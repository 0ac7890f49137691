-- That of most rows, of equally many the first as text; Unknown and nothing have none.
with things (category) as (
    values
    ('Tools'), ('Tools'), ('TOOLS'),
    ('paint'), ('PAINT'), ('Paint'),
    ('Kota  Serang'),
    ('unknown'), ('UNKNOWN'),
    (null)
),

expectations (spelling_key, expected) as (
    values ('tools', 'Tools'), ('paint', 'PAINT'), ('kota serang', 'Kota  Serang')
),

{{ one_spelling('things', 'category') }}

select
    expectations.expected,
    category_spellings.spelling as actual
from category_spellings
full outer join expectations
    on category_spellings.spelling_key = expectations.spelling_key
where category_spellings.spelling is distinct from expectations.expected
