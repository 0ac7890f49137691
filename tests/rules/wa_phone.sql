-- Every row of the table of phone numbers, and each reason; the greater comparison, with
-- libphonenumber, is in tests/python/test_phone_oracle.py.
with cases (case_id, raw_phone, expected_normalised, expected_status, expected_several) as (
    values
    (1, '0812-3456-7890', '6281234567890', 'ok', false),
    (2, '62 812 3456 7890', '6281234567890', 'ok', false),
    (3, '+62 (0)812 3456 7890', '6281234567890', 'ok', false),
    (4, '+62081234567890', '6281234567890', 'ok', false),
    (5, '812 3456 7890', '6281234567890', 'ok', false),
    (6, '0062 812 3456 7890', '6281234567890', 'ok', false),
    (7, '06281234567890', '6281234567890', 'ok', false),
    (8, '628123456780.0', '628123456780', 'ok', false),
    (9, '8.123456789E9', null, 'scientific_notation', false),
    (10, '6.28123456789E+11', null, 'scientific_notation', false),
    (11, '8,123456789e+09', null, 'scientific_notation', false),
    (12, '0812345678a', null, 'not_a_number', false),
    (13, '０８１２３４５６７８９０', '6281234567890', 'ok', false),
    (14, '081234567890 / 085612345678', '6281234567890', 'ok', true),
    (15, '0812345678a, 085612345678', '6285612345678', 'ok', true),
    (16, '021-5551234 ; 085612345678', '6285612345678', 'ok', true),
    (17, '0812 3456 7890 0856 1234 5678', '6281234567890', 'ok', true),
    (18, '081234567890 atau 085612345678', '6281234567890', 'ok', true),
    (19, '021-5551234', null, 'fixed_line', false),
    (20, '021/5551234', null, 'fixed_line', false),
    (21, '0628-20123', null, 'fixed_line', false),
    (22, '+65 9123 4567', null, 'foreign', false),
    (23, '0065 9123 4567', null, 'foreign', false),
    (24, '0841 2345 6789', null, 'not_mobile', false),
    (25, '0800 1234567', null, 'not_mobile', false),
    (26, '08123456', null, 'wrong_length', false),
    (27, '0812 3456 78901 2', null, 'wrong_length', false),
    (28, '081234567', null, 'wrong_length', false),
    (29, '0812345670', '62812345670', 'ok', false),
    (30, '0812345678901', '62812345678901', 'ok', false),
    (31, '08123456789012', null, 'wrong_length', false),
    (32, '081111111111', '6281111111111', 'dummy', false),
    (33, '08123456789', '628123456789', 'dummy', false),
    (34, '+6208123456789', '628123456789', 'dummy', false),
    (35, '628123456789.0', '628123456789', 'dummy', false),
    (36, '0812345678910', '62812345678910', 'dummy', false),
    (37, '0876543210', '62876543210', 'dummy', false),
    (38, '081234567890', '6281234567890', 'ok', false),
    (39, '', null, 'missing', false),
    (40, '  ', null, 'missing', false),
    (41, '-', null, 'missing', false),
    (42, null, null, 'missing', false),
    (43, 'tidak ada', null, 'not_a_number', false),
    (44, '="081234567890"', '6281234567890', 'ok', false),
    (45, '''081234567890', '6281234567890', 'ok', false),
    (46, '+62 62812345670', null, 'fixed_line', false),
    (47, '+62 628123456780', '628123456780', 'ok', false),
    (48, '0812/3456/7890', '6281234567890', 'ok', false),
    (49, '628,123,456,780.00', '628123456780', 'ok', false),
    (50, '628123456780,0', '628123456780', 'ok', false),
    (51, '000812345670', null, 'not_mobile', false),
    (52, '081234567890', '6281234567890', 'ok', false),
    (53, '0812 3456 7890 0123', null, 'wrong_length', false)
),

{{ wa_phone_steps(
    'cases',
    ['case_id', 'raw_phone', 'expected_normalised', 'expected_status', 'expected_several'],
    'raw_phone'
) }},

counted as (
    select
        case_id,
        raw_phone,
        wa_phone,
        phone_status,
        has_several_numbers,
        phone_normalised,
        expected_normalised,
        expected_status,
        expected_several,
        count(*) over () as row_count
    from phone_result
)

select
    case_id,
    raw_phone,
    wa_phone,
    phone_status,
    has_several_numbers,
    phone_normalised
from counted
where
    phone_status <> expected_status
    or has_several_numbers <> expected_several
    or phone_normalised is distinct from expected_normalised
    or wa_phone is distinct from case when expected_status = 'ok' then expected_normalised end
    or row_count <> 53
