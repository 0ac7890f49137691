with cases (raw_gender, expected) as (
    values
    ('M', 'M'), (' m ', 'M'), ('Male', 'M'), ('Laki-laki', 'M'), ('PRIA', 'M'),
    ('F', 'F'), ('f', 'F'), ('female', 'F'), ('Perempuan', 'F'), ('wanita ', 'F'),
    ('', 'BLANK'), ('  ', 'BLANK'), (null, 'BLANK'),
    ('P', 'BLANK'), ('L', 'BLANK'), ('-', 'BLANK'), ('x', 'BLANK')
),

actuals as (
    select
        raw_gender,
        expected,
        {{ normalise_gender('raw_gender') }} as actual
    from cases
)

select
    raw_gender,
    expected,
    actual
from actuals
where actual <> expected
