-- A share of what was before, where that is positive. Inputs are text, so that no literal is taken
-- for a double on the way.
with cases (measure, compared_with, expected) as (
    values
    ('150', '100', '0.5'),
    ('100', '150', '-0.333333'),
    ('100', '100', '0'),
    ('0', '10', '-1'),
    ('-5', '10', '-1.5'),
    ('10', '0', null),
    ('0', '0', null),
    ('10', '-10', null),
    (null, '10', null),
    ('10', null, null)
),

typed as (
    select
        cast(measure as numeric(18, 2)) as measure,
        cast(compared_with as numeric(18, 2)) as compared_with,
        cast(expected as numeric(28, 6)) as expected
    from cases
),

computed as (
    select
        measure,
        compared_with,
        expected,
        {{ campaign_change_ratio('measure', 'compared_with') }} as result
    from typed
)

select *
from computed
where result is distinct from expected
