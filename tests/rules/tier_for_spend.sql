with tiers (tier_code, min_l12m_spend, next_min_l12m_spend) as (
    values
    ('SILVER', 0, 10000000), ('GOLD', 10000000, 50000000), ('PLATINUM', 50000000, null)
),

cases (spend, expected_tier, expected_missing) as (
    values
    ('0', 'SILVER', '10000000.00'),
    ('9999999.99', 'SILVER', '0.01'),
    ('10000000', 'GOLD', '40000000.00'),
    ('49999999.99', 'GOLD', '0.01'),
    ('50000000', 'PLATINUM', null),
    ('900000000', 'PLATINUM', null),
    ('-1500', 'SILVER', '10001500.00'),
    (null, 'SILVER', '10000000.00')
),

actuals as (
    select
        cases.spend,
        cases.expected_tier,
        cast(cases.expected_missing as numeric(18, 2)) as expected_missing,
        tiers.tier_code,
        {{ spend_to_next_tier('cast(cases.spend as numeric(18, 2))', 'tiers') }} as missing,
        count(*) over (partition by cases.spend) as tier_count
    from cases
    left join tiers on {{ tier_for_spend_join('cast(cases.spend as numeric(18, 2))', 'tiers') }}
)

select
    spend,
    tier_code,
    missing,
    tier_count
from actuals
where
    tier_code is distinct from expected_tier
    or missing is distinct from expected_missing
    or tier_count <> 1
