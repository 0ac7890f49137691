-- mask_email and mask_phone.
with cases (email, expected_email, phone, expected_phone) as (
    values
    ('andi.w@dapur.example.com', 'a***@d***.com', '6281234567890', '6281******890'),
    ('a@b.co', 'a***@b***.co', '6281234567', '6281******567'),
    ('budi@mail.example.co.id', 'b***@m***.id', '62812345678901', '6281******901'),
    ('o''brien@x.example', 'o***@x***.example', '628123456', '******'),
    ('andi', '***', '628', '******'),
    ('@example.com', '***', '', '******'),
    ('andi@example', '***', '6281******890', '6281******890'),
    ('andi@.', '***', null, null),
    ('', '***', null, null),
    (null, null, null, null)
),

actuals as (
    select
        email,
        expected_email,
        phone,
        expected_phone,
        {{ mask_email('email') }} as actual_email,
        {{ mask_phone('phone') }} as actual_phone
    from cases
)

select
    email,
    actual_email,
    phone,
    actual_phone
from actuals
where
    actual_email is distinct from expected_email
    or actual_phone is distinct from expected_phone
