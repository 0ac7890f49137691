-- clean_text, clean_code, clean_word and clean_name; every white space goes, nothing left is null.
-- What is left of invisible characters inside is shown as its number.
with cases (raw_text, expected_text, expected_code, expected_word, expected_name) as (
    values
    ('  0012 ', '0012', '0012', '0012', '0012'),
    (' az  ko ', 'az  ko', 'AZ  KO', 'az  ko', 'az ko'),
    ('Completed', 'Completed', 'COMPLETED', 'completed', 'Completed'),
    (chr(9) || 'Toko' || chr(13) || chr(10), 'Toko', 'TOKO', 'toko', 'Toko'),
    (chr(160) || 'a ' || chr(160) || 'b' || chr(8203), 'a [160]b', 'A [160]B', 'a [160]b', 'a b'),
    (chr(65279) || 'id1', 'id1', 'ID1', 'id1', 'id1'),
    ('Si' || chr(160) || 'ti' || chr(8203), 'Si[160]ti', 'SI[160]TI', 'si[160]ti', 'Si ti'),
    ('Si' || chr(8203) || 'ti', 'Si[8203]ti', 'SI[8203]TI', 'si[8203]ti', 'Siti'),
    ('Café Ö', 'Café Ö', 'CAFé Ö', 'café Ö', 'Café Ö'),
    ('', null, null, null, null),
    ('   ', null, null, null, null),
    (chr(160) || chr(8203) || chr(9) || chr(12288), null, null, null, null),
    (null, null, null, null, null)
),

actuals as (
    select
        raw_text,
        expected_text,
        expected_code,
        expected_word,
        expected_name,
        replace(
            replace({{ clean_text('raw_text') }}, chr(160), '[160]'), chr(8203), '[8203]'
        ) as actual_text,
        replace(
            replace({{ clean_code('raw_text') }}, chr(160), '[160]'), chr(8203), '[8203]'
        ) as actual_code,
        replace(
            replace({{ clean_word('raw_text') }}, chr(160), '[160]'), chr(8203), '[8203]'
        ) as actual_word,
        {{ clean_name('raw_text') }} as actual_name
    from cases
)

select
    raw_text,
    actual_text,
    actual_code,
    actual_word,
    actual_name
from actuals
where
    actual_text is distinct from expected_text
    or actual_code is distinct from expected_code
    or actual_word is distinct from expected_word
    or actual_name is distinct from expected_name
