-- valid_from is in, valid_to is out; of overlapping rows the latest valid_from; outside the tier
-- now.
with history (cust_id, tier_code, valid_from, valid_to) as (
    values
    ('m1', 'SILVER', cast('2025-01-01' as date), cast('2025-03-01' as date)),
    ('m1', 'GOLD', cast('2025-03-01' as date), cast('2025-06-01' as date)),
    ('m1', 'PLATINUM', cast('2025-05-01' as date), cast('2025-07-01' as date)),
    ('m2', 'SILVER', cast('2025-01-01' as date), null)
),

members (cust_id, tier_code) as (
    values
    ('m1', 'GOLD'), ('m2', 'GOLD'), ('m3', 'PLATINUM')
),

cases (cust_id, event_date, expected) as (
    values
    ('m1', cast('2024-12-31' as date), 'GOLD'),
    ('m1', cast('2025-01-01' as date), 'SILVER'),
    ('m1', cast('2025-02-28' as date), 'SILVER'),
    ('m1', cast('2025-03-01' as date), 'GOLD'),
    ('m1', cast('2025-05-01' as date), 'PLATINUM'),
    ('m1', cast('2025-06-30' as date), 'PLATINUM'),
    ('m1', cast('2025-07-01' as date), 'GOLD'),
    ('m2', cast('2030-01-01' as date), 'SILVER'),
    ('m3', cast('2025-01-01' as date), 'PLATINUM'),
    ('stranger', cast('2025-01-01' as date), 'UNKNOWN')
),

covering as (
    select
        cases.cust_id,
        cases.event_date,
        cases.expected,
        history.tier_code as history_tier_code,
        members.tier_code as current_tier_code,
        row_number() over (
            partition by cases.cust_id, cases.event_date order by history.valid_from desc nulls last
        ) as preference
    from cases
    left join history
        on
            cases.cust_id = history.cust_id
            and {{ tier_period_covers(
                'cases.event_date', 'history.valid_from', 'history.valid_to'
            ) }}
    left join members on cases.cust_id = members.cust_id
)

select
    cust_id,
    event_date,
    expected,
    {{ tier_at('history_tier_code', 'current_tier_code') }} as actual
from covering
where preference = 1 and {{ tier_at('history_tier_code', 'current_tier_code') }} <> expected
