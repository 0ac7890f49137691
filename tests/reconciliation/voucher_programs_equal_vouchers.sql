-- Vouchers that the programmes do not have, or have twice: issued and redeemed over all programmes
-- against the vouchers, and the business units of a programme against its ALL.

with vouchers as (
    select * from {{ ref('fct_vouchers') }}
    where not is_pre_cohesive
),

performance as (
    select * from {{ ref('voucher_program_performance') }}
),

issued as (
    select
        count(*) as issued_count,
        coalesce(sum(case when is_redeemed then 1 else 0 end), 0) as redeemed_count,
        coalesce(sum(face_value), 0) as issued_face_value
    from vouchers
),

shown as (
    select
        coalesce(sum(issued_count), 0) as issued_count,
        coalesce(sum(redeemed_count), 0) as redeemed_count,
        coalesce(sum(issued_face_value), 0) as issued_face_value
    from performance
    where bu_code = 'ALL'
),

parts as (
    select
        program_code,
        sum(redeemed_count) as redeemed_count,
        sum(redeemed_face_value) as redeemed_face_value,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales,
        sum(redeeming_member_count) as redeeming_member_count,
        max(redeeming_member_count) as greatest_member_count
    from performance
    where bu_code <> 'ALL'
    group by program_code
)

select 'ALL' as program_code
from issued
cross join shown
where
    issued.issued_count <> shown.issued_count
    or issued.redeemed_count <> shown.redeemed_count
    or issued.issued_face_value <> shown.issued_face_value
union all
select performance.program_code
from performance
left join parts
    on performance.program_code = parts.program_code
where
    performance.bu_code = 'ALL'
    and (
        performance.redeemed_count <> coalesce(parts.redeemed_count, 0)
        or performance.redeemed_face_value <> coalesce(parts.redeemed_face_value, 0)
        or performance.transaction_count <> coalesce(parts.transaction_count, 0)
        or performance.net_sales <> coalesce(parts.net_sales, 0)
        or performance.redeeming_member_count > coalesce(parts.redeeming_member_count, 0)
        or performance.redeeming_member_count < coalesce(parts.greatest_member_count, 0)
    )
