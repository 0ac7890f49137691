-- Raw spelling -> key -> alias -> tier; what no alias knows is UNKNOWN.
with aliases (alias, tier_code) as (
    values
    ('slv', 'SILVER'), ('gold', 'GOLD'), ('gold member', 'GOLD'), ('plt', 'PLATINUM')
),

cases (raw_tier, expected) as (
    values
    ('slv', 'SILVER'), (' SLV ', 'SILVER'), ('Gold', 'GOLD'),
    ('GOLD   Member', 'GOLD'), ('plt', 'PLATINUM'),
    ('goldish', 'UNKNOWN'), ('', 'UNKNOWN'), ('   ', 'UNKNOWN'), (null, 'UNKNOWN')
),

actuals as (
    select
        cases.raw_tier,
        cases.expected,
        {{ normalise_tier('aliases.tier_code') }} as actual
    from cases
    left join aliases on {{ spelling_key('cases.raw_tier') }} = aliases.alias
)

select
    raw_tier,
    expected,
    actual
from actuals
where actual <> expected
