-- One row a kind of disagreement between tables about one receipt or voucher: how many are
-- concerned, and the rupiah between the two figures, without sign.

with receipts as (
    select * from {{ ref('fct_receipts') }}
),

receipt_lines as (
    select
        receive_main_id,
        net_sales,
        koin_used,
        case
            when
                (qty > 0 and (net_sales < 0 or receipt_status = 'return'))
                or (qty < 0 and (net_sales > 0 or receipt_status = 'completed'))
                then abs(net_sales)
        end as other_sign_sales
    from {{ ref('fct_receipt_lines') }}
    where not is_orphan
),

line_sums as (
    select
        receive_main_id,
        sum(net_sales) as net_sales,
        sum(koin_used) as koin_used,
        sum(other_sign_sales) as other_sign_sales
    from receipt_lines
    group by receive_main_id
),

payment_sums as (
    select
        receive_main_id,
        sum(amount) as amount,
        sum(case when payment_method = 'KOIN' then amount else 0 end) as koin_amount
    from {{ ref('fct_receipt_payments') }}
    where not is_orphan
    group by receive_main_id
),

redemptions as (
    select * from {{ ref('int_koin__receipt_redemptions') }}
),

koin_reversals as (
    select * from {{ ref('fct_koin_entries') }}
    where entry_type = 'reverse_redeem' and receive_main_id is not null and not is_pre_cohesive
),

delivered_vouchers as (
    select * from {{ ref('stg_cohesive__vouchers') }}
),

vouchers as (
    select * from {{ ref('fct_vouchers') }}
),

voucher_payments as (
    select
        voucher_code,
        receive_main_id,
        max(case when receipt_status = 'void' then 1 else 0 end) = 1 as is_void
    from {{ ref('fct_receipt_payments') }}
    where voucher_code is not null
    group by voucher_code, receive_main_id
),

compared as (
    select
        line_sums.other_sign_sales,
        receipts.is_transaction and not receipts.is_pre_cohesive as is_compared_with_ledger,
        receipts.sales - coalesce(line_sums.net_sales, 0) as lines_difference,
        receipts.sales - coalesce(payment_sums.amount, 0) as payments_difference,
        coalesce(redemptions.koin_redeemed, 0)
        - coalesce(payment_sums.koin_amount, 0) as tender_difference,
        coalesce(redemptions.koin_redeemed, 0)
        - coalesce(line_sums.koin_used, 0) as koin_used_difference
    from receipts
    left join line_sums
        on receipts.receive_main_id = line_sums.receive_main_id
    left join payment_sums
        on receipts.receive_main_id = payment_sums.receive_main_id
    left join redemptions
        on receipts.receive_main_id = redemptions.receive_main_id
    where receipts.counts_in_net_sales
),

-- The ledger names the return or its original, and a sale may be brought back in parts: so the koin
-- that came back are compared by what was returned.
returned_receipts as (
    select
        receive_main_id,
        coalesce(original_receive_main_id, receive_main_id) as returned_receive_main_id
    from receipts
    where counts_in_net_sales and not is_transaction and not is_pre_cohesive
),

returned_sums as (
    select
        returned_receipts.returned_receive_main_id,
        -sum(coalesce(payment_sums.koin_amount, 0)) as koin_amount,
        -sum(coalesce(line_sums.koin_used, 0)) as koin_used
    from returned_receipts
    left join line_sums
        on returned_receipts.receive_main_id = line_sums.receive_main_id
    left join payment_sums
        on returned_receipts.receive_main_id = payment_sums.receive_main_id
    group by returned_receipts.returned_receive_main_id
),

reversal_sums as (
    select
        coalesce(
            returned_receipts.returned_receive_main_id, koin_reversals.receive_main_id
        ) as returned_receive_main_id,
        sum(koin_reversals.koin) as koin_reversed
    from koin_reversals
    left join returned_receipts
        on koin_reversals.receive_main_id = returned_receipts.receive_main_id
    group by
        coalesce(returned_receipts.returned_receive_main_id, koin_reversals.receive_main_id)
),

compared_returns as (
    select
        coalesce(reversal_sums.koin_reversed, 0)
        - returned_sums.koin_amount as tender_difference,
        coalesce(reversal_sums.koin_reversed, 0)
        - returned_sums.koin_used as koin_used_difference
    from returned_sums
    left join reversal_sums
        on returned_sums.returned_receive_main_id = reversal_sums.returned_receive_main_id
),

differences as (
    select
        'tbl_receipt' as table_name,
        'lines_differ_from_sales' as reason,
        lines_difference as amount,
        lines_difference <> 0 as is_found
    from compared
    union all
    select
        'tbl_receipt' as table_name,
        'quantities_of_other_sign' as reason,
        other_sign_sales as amount,
        other_sign_sales is not null as is_found
    from compared
    union all
    select
        'tbl_receipt' as table_name,
        'payments_differ_from_sales' as reason,
        payments_difference as amount,
        payments_difference <> 0 as is_found
    from compared
    union all
    select
        'tbl_koin' as table_name,
        'ledger_differs_from_tender' as reason,
        tender_difference as amount,
        tender_difference <> 0 as is_found
    from compared
    where is_compared_with_ledger
    union all
    select
        'tbl_koin' as table_name,
        'ledger_differs_from_koin_used' as reason,
        koin_used_difference as amount,
        koin_used_difference <> 0 as is_found
    from compared
    where is_compared_with_ledger
    union all
    select
        'tbl_koin' as table_name,
        'reversal_differs_from_tender' as reason,
        tender_difference as amount,
        tender_difference <> 0 as is_found
    from compared_returns
    union all
    select
        'tbl_koin' as table_name,
        'reversal_differs_from_koin_used' as reason,
        koin_used_difference as amount,
        koin_used_difference <> 0 as is_found
    from compared_returns
    union all
    select
        'tbl_voucher' as table_name,
        'redeemed_without_payment' as reason,
        vouchers.face_value as amount,
        vouchers.redeemed_receive_main_id is not null
        and voucher_payments.voucher_code is null as is_found
    from vouchers
    left join voucher_payments
        on
            vouchers.voucher_code = voucher_payments.voucher_code
            and vouchers.redeemed_receive_main_id = voucher_payments.receive_main_id
    union all
    select
        'tbl_voucher' as table_name,
        'paid_but_not_redeemed' as reason,
        vouchers.face_value as amount,
        vouchers.redeemed_receive_main_id is null as is_found
    from voucher_payments
    inner join vouchers
        on voucher_payments.voucher_code = vouchers.voucher_code
    where not voucher_payments.is_void
    union all
    select
        'tbl_voucher' as table_name,
        'receipt_without_redemption' as reason,
        vouchers.face_value as amount,
        delivered_vouchers.redeemed_at is null
        and delivered_vouchers.redeemed_receive_main_id is not null as is_found
    from vouchers
    inner join delivered_vouchers
        on vouchers.voucher_code = delivered_vouchers.voucher_code
)

select
    table_name,
    reason,
    cast(sum(case when is_found then 1 else 0 end) as bigint) as row_count,
    cast(coalesce(sum(case when is_found then abs(amount) end), 0) as numeric(18, 2)) as amount
from differences
group by table_name, reason
