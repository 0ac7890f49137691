-- Asked by partnership managers before they settle with a partner: of the voucher codes that the
-- partner lists, which are unknown to us, still valid, redeemed (when, where) or expired? Redeemed
-- before its issue or after its last day is outside validity. The list comes as people type it; a
-- code listed twice is one code. Replace the rows of `listed`.

with listed (code) as (
    values
    ('AT-OCBC25-0000000159'),
    (' at-ocbc25-0000000221 '),
    ('AT-OCBC25-0000000228'),
    (chr(9) || 'AT-OCBC25-0000000228'),
    ('AT-OCBC25-0000001614'),
    ('AT-OCBC25-0000001615'),
    ('PTFP-0000001716'),
    ('AT-OCBC25-9999999999')
),

codes as (
    select
        {{ clean_code('code') }} as voucher_code,
        count(*) as times_listed
    from listed
    group by {{ clean_code('code') }}
),

vouchers as (
    select * from {{ ref('fct_vouchers') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
)

select
    codes.voucher_code,
    codes.times_listed,
    vouchers.program_code,
    vouchers.face_value,
    vouchers.issued_date,
    vouchers.expires_on,
    vouchers.redeemed_date,
    receipts.bu_code as redeemed_bu_code,
    receipts.site_code as redeemed_site_code,
    case
        when vouchers.voucher_code is null then 'unknown'
        when {{ is_outside_validity('vouchers') }} then 'redeemed outside validity'
        when vouchers.is_redeemed then 'redeemed'
        when vouchers.is_usable then 'valid'
        else 'expired'
    end as validity
from codes
left join vouchers
    on codes.voucher_code = vouchers.voucher_code
left join receipts
    on vouchers.redeemed_receive_main_id = receipts.receive_main_id
order by codes.voucher_code
