-- One row a voucher programme and business unit of redemption, and ALL: redemptions are additive
-- over business units, but what was issued is the programme's in every row, and members and ALL are
-- counted anew.

with all_vouchers as (
    select * from {{ ref('fct_vouchers') }}
),

vouchers as (
    select * from all_vouchers
    where not is_pre_cohesive
),

programs as (
    select * from {{ ref('voucher_programs') }}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
),

-- The voucher's own row says which receipt redeemed it; a receipt that is not there is of an
-- UNKNOWN business unit.
redemptions as (
    select
        vouchers.program_code,
        vouchers.voucher_code,
        vouchers.face_value,
        vouchers.redeemed_date,
        receipts.receive_main_id,
        receipts.sales,
        receipts.business_date,
        receipts.cust_id,
        coalesce(receipts.bu_code, 'UNKNOWN') as bu_code,
        coalesce(receipts.is_transaction, false) as is_transaction,
        {{ is_outside_validity('vouchers') }} as is_outside_validity,
        coalesce(receipts.cust_id <> vouchers.cust_id, false) as is_by_other_member
    from vouchers
    left join receipts
        on vouchers.redeemed_receive_main_id = receipts.receive_main_id
    where vouchers.is_redeemed
),

issued as (
    select
        program_code,
        count(*) as issued_count,
        sum(coalesce(face_value, 0)) as issued_face_value,
        count(distinct cust_id) as issued_member_count,
        sum(case when is_usable then 1 else 0 end) as usable_count,
        sum(case when not is_redeemed and not is_usable then 1 else 0 end) as expired_count
    from vouchers
    group by program_code
),

all_programs as (
    select program_code from programs
    union
    select program_code from issued
),

redeemed as (
    select
        program_code,
        bu_code,
        count(*) as redeemed_count,
        sum(coalesce(face_value, 0)) as redeemed_face_value,
        sum(case when is_outside_validity then 1 else 0 end) as redeemed_outside_validity_count,
        sum(case when is_by_other_member then 1 else 0 end) as redeemed_by_other_member_count,
        sum(case when receive_main_id is not null and cust_id is null then 1 else 0 end)
            as redeemed_by_non_member_count,
        sum(case when receive_main_id is null then 1 else 0 end) as redeemed_without_receipt_count,
        count(distinct cust_id) as redeeming_member_count,
        min(redeemed_date) as first_redeemed_date,
        max(redeemed_date) as last_redeemed_date
    from redemptions
    group by program_code, bu_code
),

redeeming_members as (
    select
        program_code,
        count(distinct cust_id) as redeeming_member_count
    from redemptions
    group by program_code
),

-- A receipt that redeems several vouchers of a programme is one transaction.
voucher_receipts as (
    select
        program_code,
        bu_code,
        receive_main_id,
        max(case when cust_id is not null then 1 else 0 end) as is_member,
        max(sales) as sales,
        max(business_date) as business_date
    from redemptions
    where is_transaction
    group by program_code, bu_code, receive_main_id
),

returned as (
    select
        original_receive_main_id,
        sum(sales) as sales
    from receipts
    where receipt_status = 'return' and original_receive_main_id is not null
    group by original_receive_main_id
),

-- What is returned lowers the sales of the transaction, wherever, whenever and by whomever it came
-- back.
voucher_sales as (
    select
        voucher_receipts.program_code,
        voucher_receipts.bu_code,
        voucher_receipts.is_member,
        voucher_receipts.business_date,
        voucher_receipts.sales + coalesce(returned.sales, 0) as net_sales
    from voucher_receipts
    left join returned
        on voucher_receipts.receive_main_id = returned.original_receive_main_id
),

with_voucher as (
    select
        program_code,
        bu_code,
        count(*) as transaction_count,
        sum(net_sales) as net_sales,
        sum(is_member) as member_transaction_count,
        sum(case when is_member = 1 then net_sales else 0 end) as member_net_sales,
        min(business_date) as first_date,
        max(business_date) as last_date
    from voucher_sales
    group by program_code, bu_code
),

receipts_with_any_voucher as (
    select redeemed_receive_main_id
    from all_vouchers
    where redeemed_receive_main_id is not null
    group by redeemed_receive_main_id
),

counted_receipts as (
    select
        receive_main_id,
        bu_code,
        business_date,
        sales,
        is_transaction,
        cust_id is not null as is_member,
        case when receipt_status = 'return' then original_receive_main_id end as returned_id
    from receipts
    where counts_in_net_sales
),

-- Nor is a return of such a receipt one without a voucher.
other_receipts as (
    select
        counted_receipts.bu_code,
        counted_receipts.business_date,
        counted_receipts.sales,
        counted_receipts.is_transaction,
        counted_receipts.is_member
    from counted_receipts
    left join receipts_with_any_voucher as own_vouchers
        on counted_receipts.receive_main_id = own_vouchers.redeemed_receive_main_id
    left join receipts_with_any_voucher as vouchers_of_original
        on counted_receipts.returned_id = vouchers_of_original.redeemed_receive_main_id
    where
        own_vouchers.redeemed_receive_main_id is null
        and vouchers_of_original.redeemed_receive_main_id is null
),

other_days as (
    select
        bu_code,
        business_date,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales,
        sum(case when is_transaction and is_member then 1 else 0 end) as member_transaction_count,
        sum(case when is_member then sales else 0 end) as member_net_sales
    from other_receipts
    group by bu_code, business_date
),

-- Compared with what was sold without any voucher at the same business unit, from the first to the
-- last day of the programme's transactions there.
without_voucher as (
    select
        with_voucher.program_code,
        with_voucher.bu_code,
        sum(other_days.transaction_count) as transaction_count,
        sum(other_days.net_sales) as net_sales,
        sum(other_days.member_transaction_count) as member_transaction_count,
        sum(other_days.member_net_sales) as member_net_sales
    from with_voucher
    inner join other_days
        on
            with_voucher.bu_code = other_days.bu_code
            and other_days.business_date between with_voucher.first_date and with_voucher.last_date
    group by with_voucher.program_code, with_voucher.bu_code
),

by_business_unit as (
    select
        redeemed.program_code,
        redeemed.bu_code,
        redeemed.redeemed_count,
        redeemed.redeemed_face_value,
        redeemed.redeemed_outside_validity_count,
        redeemed.redeemed_by_other_member_count,
        redeemed.redeemed_by_non_member_count,
        redeemed.redeemed_without_receipt_count,
        redeemed.redeeming_member_count,
        redeemed.first_redeemed_date,
        redeemed.last_redeemed_date,
        coalesce(with_voucher.transaction_count, 0) as transaction_count,
        coalesce(with_voucher.net_sales, 0) as net_sales,
        coalesce(with_voucher.member_transaction_count, 0) as member_transaction_count,
        coalesce(with_voucher.member_net_sales, 0) as member_net_sales,
        coalesce(without_voucher.transaction_count, 0) as other_transaction_count,
        coalesce(without_voucher.net_sales, 0) as other_net_sales,
        coalesce(without_voucher.member_transaction_count, 0) as other_member_transaction_count,
        coalesce(without_voucher.member_net_sales, 0) as other_member_net_sales
    from redeemed
    left join with_voucher
        on
            redeemed.program_code = with_voucher.program_code
            and redeemed.bu_code = with_voucher.bu_code
    left join without_voucher
        on
            redeemed.program_code = without_voucher.program_code
            and redeemed.bu_code = without_voucher.bu_code
),

-- A receipt has one business unit, so what is counted of receipts adds up; members do not.
totals as (
    select
        program_code,
        sum(redeemed_count) as redeemed_count,
        sum(redeemed_face_value) as redeemed_face_value,
        sum(redeemed_outside_validity_count) as redeemed_outside_validity_count,
        sum(redeemed_by_other_member_count) as redeemed_by_other_member_count,
        sum(redeemed_by_non_member_count) as redeemed_by_non_member_count,
        sum(redeemed_without_receipt_count) as redeemed_without_receipt_count,
        min(first_redeemed_date) as first_redeemed_date,
        max(last_redeemed_date) as last_redeemed_date,
        sum(transaction_count) as transaction_count,
        sum(net_sales) as net_sales,
        sum(member_transaction_count) as member_transaction_count,
        sum(member_net_sales) as member_net_sales,
        sum(other_transaction_count) as other_transaction_count,
        sum(other_net_sales) as other_net_sales,
        sum(other_member_transaction_count) as other_member_transaction_count,
        sum(other_member_net_sales) as other_member_net_sales
    from by_business_unit
    group by program_code
),

combined as (
    select
        program_code,
        bu_code,
        redeemed_count,
        redeemed_face_value,
        redeemed_outside_validity_count,
        redeemed_by_other_member_count,
        redeemed_by_non_member_count,
        redeemed_without_receipt_count,
        redeeming_member_count,
        first_redeemed_date,
        last_redeemed_date,
        transaction_count,
        net_sales,
        member_transaction_count,
        member_net_sales,
        other_transaction_count,
        other_net_sales,
        other_member_transaction_count,
        other_member_net_sales
    from by_business_unit
    union all
    select
        all_programs.program_code,
        'ALL' as bu_code,
        totals.redeemed_count,
        totals.redeemed_face_value,
        totals.redeemed_outside_validity_count,
        totals.redeemed_by_other_member_count,
        totals.redeemed_by_non_member_count,
        totals.redeemed_without_receipt_count,
        redeeming_members.redeeming_member_count,
        totals.first_redeemed_date,
        totals.last_redeemed_date,
        totals.transaction_count,
        totals.net_sales,
        totals.member_transaction_count,
        totals.member_net_sales,
        totals.other_transaction_count,
        totals.other_net_sales,
        totals.other_member_transaction_count,
        totals.other_member_net_sales
    from all_programs
    left join totals
        on all_programs.program_code = totals.program_code
    left join redeeming_members
        on all_programs.program_code = redeeming_members.program_code
),

filled as (
    select
        combined.program_code,
        combined.bu_code,
        programs.program_name,
        programs.partner,
        programs.bu_code as program_bu_code,
        programs.program_code is not null as is_known_program,
        combined.first_redeemed_date,
        combined.last_redeemed_date,
        cast(coalesce(issued.issued_count, 0) as bigint) as issued_count,
        cast(coalesce(issued.issued_face_value, 0) as numeric(18, 2)) as issued_face_value,
        cast(coalesce(issued.issued_member_count, 0) as bigint) as issued_member_count,
        cast(coalesce(issued.usable_count, 0) as bigint) as usable_count,
        cast(coalesce(issued.expired_count, 0) as bigint) as expired_count,
        {% for count in [
            'redeemed_count', 'redeemed_outside_validity_count', 'redeemed_by_other_member_count',
            'redeemed_by_non_member_count', 'redeemed_without_receipt_count',
            'redeeming_member_count', 'transaction_count', 'member_transaction_count',
            'other_transaction_count', 'other_member_transaction_count'
        ] %}
            cast(coalesce(combined.{{ count }}, 0) as bigint) as {{ count }},
        {% endfor %}
        {% for money in [
            'redeemed_face_value', 'net_sales', 'member_net_sales', 'other_net_sales',
            'other_member_net_sales'
        ] %}
        cast(coalesce(combined.{{ money }}, 0) as numeric(18, 2)) as {{ money }}
        {{- ',' if not loop.last }}
    {% endfor %}
    from combined
    left join programs
        on combined.program_code = programs.program_code
    left join issued
        on combined.program_code = issued.program_code
)

select
    program_code,
    bu_code,
    program_name,
    partner,
    program_bu_code,
    is_known_program,
    issued_count,
    issued_face_value,
    issued_member_count,
    usable_count,
    expired_count,
    redeemed_count,
    redeemed_face_value,
    {{ safe_divide('redeemed_count', 'issued_count') }} as redemption_rate,
    redeeming_member_count,
    redeemed_outside_validity_count,
    redeemed_by_other_member_count,
    redeemed_by_non_member_count,
    redeemed_without_receipt_count,
    first_redeemed_date,
    last_redeemed_date,
    transaction_count,
    net_sales,
    {{ safe_divide('net_sales', 'transaction_count') }} as atv_with_voucher,
    {{ safe_divide('other_net_sales', 'other_transaction_count') }} as atv_without_voucher,
    member_transaction_count,
    member_net_sales,
    {{ safe_divide('member_net_sales', 'member_transaction_count') }} as member_atv_with_voucher,
    {{ safe_divide('other_member_net_sales', 'other_member_transaction_count') }}
        as member_atv_without_voucher,
    cast(transaction_count - member_transaction_count as bigint) as non_member_transaction_count,
    cast(net_sales - member_net_sales as numeric(18, 2)) as non_member_net_sales,
    {{ safe_divide(
        'net_sales - member_net_sales', 'transaction_count - member_transaction_count'
    ) }} as non_member_atv_with_voucher,
    {{ safe_divide(
        'other_net_sales - other_member_net_sales',
        'other_transaction_count - other_member_transaction_count',
    ) }} as non_member_atv_without_voucher
from filled
