-- Asked by Toys Kingdom's marketing after a voucher programme or collaboration: how many vouchers
-- came back, what did they sell, and do members spend more with a voucher than non-members do?

with performance as (
    select * from {{ ref('voucher_program_performance') }}
    where program_code = 'TK-BDAY' and bu_code = 'ALL'
),

buyers as (
    select
        'everybody' as buyer,
        transaction_count,
        net_sales,
        atv_with_voucher,
        atv_without_voucher
    from performance
    union all
    select
        'member' as buyer,
        member_transaction_count as transaction_count,
        member_net_sales as net_sales,
        member_atv_with_voucher as atv_with_voucher,
        member_atv_without_voucher as atv_without_voucher
    from performance
    union all
    select
        'non-member' as buyer,
        non_member_transaction_count as transaction_count,
        non_member_net_sales as net_sales,
        non_member_atv_with_voucher as atv_with_voucher,
        non_member_atv_without_voucher as atv_without_voucher
    from performance
)

select
    performance.program_name,
    buyers.buyer,
    performance.issued_count,
    performance.redeemed_count,
    performance.redemption_rate,
    performance.redeemed_outside_validity_count,
    performance.redeemed_face_value,
    buyers.transaction_count,
    buyers.net_sales,
    buyers.atv_with_voucher,
    buyers.atv_without_voucher
from buyers
cross join performance
order by buyers.buyer
