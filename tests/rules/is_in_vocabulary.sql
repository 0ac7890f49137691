with cases (word, expected_type, expected_channel, expected_fulfilment) as (
    values
    ('online', true, true, false), ('offline', false, true, false),
    ('in_store', false, false, true),
    ('click_and_collect', false, false, true), ('shop_in_shop', true, false, false),
    ('toko', false, false, false), (null, false, false, false)
),

actuals as (
    select
        word,
        expected_type,
        expected_channel,
        expected_fulfilment,
        {{ is_in_vocabulary('word', 'site_type') }} as actual_type,
        {{ is_in_vocabulary('word', 'sales_channel') }} as actual_channel,
        {{ is_in_vocabulary('word', 'fulfilment') }} as actual_fulfilment
    from cases
)

select
    word,
    actual_type,
    actual_channel,
    actual_fulfilment
from actuals
where
    actual_type is distinct from expected_type
    or actual_channel is distinct from expected_channel
    or actual_fulfilment is distinct from expected_fulfilment
