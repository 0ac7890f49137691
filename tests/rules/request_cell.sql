-- Cells in one form, whatever the blanks and case that people type, by kind of column.
with cases (raw_text, expected_name, expected_names, expected_codes, expected_words) as (
    values
    (' Air  Cooler ', 'Air Cooler', 'Air Cooler', 'AIR COOLER', 'air cooler'),
    ('azko | Ataru', 'azko | Ataru', 'azko|Ataru', 'AZKO|ATARU', 'azko|ataru'),
    ('  ', null, null, null, null),
    (null, null, null, null, null)
),

texts as (
    select
        raw_text,
        expected_name as expected,
        {{ request_cell('raw_text', 'name') }} as actual
    from cases
    union all
    select
        raw_text,
        expected_names as expected,
        {{ request_cell('raw_text', 'names') }} as actual
    from cases
    union all
    select
        raw_text,
        expected_codes as expected,
        {{ request_cell('raw_text', 'codes') }} as actual
    from cases
    union all
    select
        raw_text,
        expected_words as expected,
        {{ request_cell('raw_text', 'words') }} as actual
    from cases
    union all
    select
        raw_text,
        'SILVER:5000|GOLD:9900' as expected,
        {{ request_cell('raw_text', 'floors') }} as actual
    from (values (' silver : 5000 | Gold:9900 ')) as floors (raw_text)
    union all
    select
        raw_text,
        expected,
        {{ request_cell('raw_text', 'period') }} as actual
    from (
        values
        ('l12m', 'L12M'),
        ('L1Y ', 'L1Y'),
        ('Since_Cohesive', 'since_cohesive'),
        ('2025-01-01 .. 2025-01-31', '2025-01-01..2025-01-31')
    ) as periods (raw_text, expected)
)

select
    raw_text,
    expected,
    actual
from texts
where actual is distinct from expected
