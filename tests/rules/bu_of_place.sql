with cases (site_bu_code, receipt_bu_code, expected) as (
    values
    ('AZKO', 'AZKO', 'AZKO'),
    ('AZKO', 'UNKNOWN', 'AZKO'),
    ('UNKNOWN', 'AZKO', 'AZKO'),
    ('TOYS', 'AZKO', 'TOYS'),
    ('UNKNOWN', 'UNKNOWN', 'UNKNOWN')
),

actuals as (
    select
        site_bu_code,
        receipt_bu_code,
        expected,
        {{ bu_of_place('site_bu_code', 'receipt_bu_code') }} as actual
    from cases
)

select
    site_bu_code,
    receipt_bu_code,
    actual
from actuals
where actual is distinct from expected
