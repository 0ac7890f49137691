-- regexp_replace_all, regexp_full_match, collapse_spaces, trim_white_space.
with cases (raw_text, expected_digits, expected_match, expected_collapsed, expected_trimmed) as (
    values
    ('0812-3456', '08123456', false, '0812-3456', '0812-3456'),
    ('0812', '0812', true, '0812', '0812'),
    ('0812' || chr(10), '0812', false, '0812', '0812'),
    (' a  b ', '', false, 'a b', 'a  b'),
    (chr(9) || 'a' || chr(10) || 'b' || chr(12), '', false, 'a b', 'a' || chr(10) || 'b'),
    (
        chr(13) || 'a' || chr(11) || chr(13) || 'b',
        '',
        false,
        'a b',
        'a' || chr(11) || chr(13) || 'b'
    ),
    (chr(8201) || 'a' || chr(12288) || 'b', '', false, 'a b', 'a' || chr(12288) || 'b'),
    ('', '', false, '', ''),
    (null, null, null, null, null)
),

actuals as (
    select
        raw_text,
        expected_digits,
        expected_match,
        expected_collapsed,
        expected_trimmed,
        {{ regexp_replace_all('raw_text', '[^0-9]', '') }} as actual_digits,
        {{ regexp_full_match('raw_text', '[0-9]+') }} as actual_match,
        {{ collapse_spaces('raw_text') }} as actual_collapsed,
        {{ trim_white_space('raw_text') }} as actual_trimmed
    from cases
)

select
    raw_text,
    actual_digits,
    actual_match,
    actual_collapsed,
    actual_trimmed
from actuals
where
    actual_digits is distinct from expected_digits
    or actual_match is distinct from expected_match
    or actual_collapsed is distinct from expected_collapsed
    or actual_trimmed is distinct from expected_trimmed
