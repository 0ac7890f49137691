-- normalise_email, is_valid_email and valid_email_or_null.
with cases (raw_email, expected_address, expected_is_valid) as (
    values
    (' Sri.W@Example.COM ', 'sri.w@example.com', true),
    ('a@b.co', 'a@b.co', true),
    ('budi+koin_1@mail.example.co.id', 'budi+koin_1@mail.example.co.id', true),
    ('o''brien@example.com', 'o''brien@example.com', true),
    ('sri@xn--bcher-kva.example', 'sri@xn--bcher-kva.example', true),
    ('sri@example.xn--p1ai', 'sri@example.xn--p1ai', true),
    ('123@example.com', '123@example.com', true),
    ('', null, false),
    ('   ', null, false),
    (null, null, false),
    ('a@example.com', 'a@example.com', true),
    ('s=r+i-w@example.com', 's=r+i-w@example.com', true),
    ('=1+1@example.com', '=1+1@example.com', false),
    ('+62@example.com', '+62@example.com', false),
    ('-sri@example.com', '-sri@example.com', false),
    ('''=1@example.com', '''=1@example.com', false),
    ('sri|=1@example.com', 'sri|=1@example.com', false),
    ('sri', 'sri', false),
    ('sri@', 'sri@', false),
    ('@example.com', '@example.com', false),
    ('sri@example', 'sri@example', false),
    ('sri@example.c', 'sri@example.c', false),
    ('sri@example.123', 'sri@example.123', false),
    ('sri@@example.com', 'sri@@example.com', false),
    ('sri@a@example.com', 'sri@a@example.com', false),
    ('sri..w@example.com', 'sri..w@example.com', false),
    ('.sri@example.com', '.sri@example.com', false),
    ('sri.@example.com', 'sri.@example.com', false),
    ('sri w@example.com', 'sri w@example.com', false),
    ('sri@exam ple.com', 'sri@exam ple.com', false),
    ('sri@-example.com', 'sri@-example.com', false),
    ('sri@example-.com', 'sri@example-.com', false),
    ('sri@example..com', 'sri@example..com', false),
    ('sri@example.com.', 'sri@example.com.', false),
    ('sri@example,com', 'sri@example,com', false),
    ('sri@example.com; budi@example.com', 'sri@example.com; budi@example.com', false),
    ('sri@example.com' || chr(10) || 'x', 'sri@example.com' || chr(10) || 'x', false),
    ('sré@example.com', 'sré@example.com', false),
    (repeat('a', 64) || '@example.com', repeat('a', 64) || '@example.com', true),
    (repeat('a', 65) || '@example.com', repeat('a', 65) || '@example.com', false),
    ('a@' || repeat('b', 63) || '.com', 'a@' || repeat('b', 63) || '.com', true),
    ('a@' || repeat('b', 64) || '.com', 'a@' || repeat('b', 64) || '.com', false),
    ('a@' || repeat('b.', 130) || 'com', 'a@' || repeat('b.', 130) || 'com', false)
),

actuals as (
    select
        raw_email,
        expected_address,
        expected_is_valid,
        {{ normalise_email('raw_email') }} as actual_address,
        {{ is_valid_email(normalise_email('raw_email')) }} as actual_is_valid,
        {{ valid_email_or_null('raw_email') }} as actual_valid_address
    from cases
)

select
    raw_email,
    actual_address,
    actual_is_valid,
    actual_valid_address
from actuals
where
    actual_address is distinct from expected_address
    or actual_is_valid is distinct from expected_is_valid
    or actual_valid_address is distinct from case when expected_is_valid then expected_address end
