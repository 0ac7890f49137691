with cases (is_redeemed_after_expiry, redeemed_on, issued_on, expected) as (
    values
    (true, '2025-05-09', '2025-05-05', true),
    (false, '2025-05-04', '2025-05-05', true),
    (false, '2025-05-05', '2025-05-05', false),
    (false, null, '2025-05-05', false)
),

vouchers as (
    select
        is_redeemed_after_expiry,
        expected,
        cast(redeemed_on as date) as redeemed_date,
        cast(issued_on as date) as issued_date
    from cases
),

actuals as (
    select
        vouchers.redeemed_date,
        vouchers.expected,
        {{ is_outside_validity('vouchers') }} as actual
    from vouchers
)

select
    redeemed_date,
    expected,
    actual
from actuals
where actual is distinct from expected
