with cases (issue_bu_code, redeem_bu_code, focus_bu_code, expected) as (
    values
    ('AZKO', 'TOYS', 'AZKO', 'issue_azko'),
    ('TOYS', 'AZKO', 'AZKO', 'redeem_azko'),
    ('AZKO', 'AZKO', 'AZKO', 'both_azko'),
    ('TOYS', 'ATARU', 'AZKO', null),
    ('AZKO', 'ODI', 'AZKO', 'issue_azko'),
    ('AZKO', 'TOYS', 'TOYS', 'redeem_toys'),
    ('AZKO', 'TOYS', 'ATARU', null),
    ('ADJUSTMENT', 'AZKO', 'AZKO', null),
    ('UNATTRIBUTED', 'AZKO', 'AZKO', null),
    ('ADJUSTMENT', 'TOYS', 'ADJUSTMENT', null),
    ('UNATTRIBUTED', 'UNATTRIBUTED', 'UNATTRIBUTED', null),
    ('AZKO', 'ADJUSTMENT', 'AZKO', null),
    (null, 'AZKO', 'AZKO', null),
    ('AZKO', null, 'AZKO', null),
    (null, null, 'AZKO', null)
),

actuals as (
    select
        issue_bu_code,
        redeem_bu_code,
        focus_bu_code,
        expected,
        {{ koin_flow_flag('issue_bu_code', 'redeem_bu_code', 'focus_bu_code') }} as actual
    from cases
)

select
    issue_bu_code,
    redeem_bu_code,
    focus_bu_code,
    expected,
    actual
from actuals
where actual is distinct from expected
