-- One row a receipt that counts in Pay with Koin: completed receipts that the ledger redeems koin
-- on, and (is_return) the returns of such receipts. payer_cust_id is the member of the receipt that
-- was paid with koin.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where not is_pre_cohesive
),

redemptions as (
    select * from {{ ref('int_koin__receipt_redemptions') }}
    where koin_redeemed > 0
),

qualifying as (
    select
        receipts.receive_main_id,
        receipts.cust_id,
        receipts.bu_code,
        receipts.week_start,
        receipts.sales,
        redemptions.koin_redeemed,
        coalesce(receipts.tier_code, 'UNKNOWN') as tier_code
    from receipts
    inner join redemptions
        on receipts.receive_main_id = redemptions.receive_main_id
    where receipts.is_transaction
)

select
    receive_main_id,
    cust_id,
    cust_id as payer_cust_id,
    tier_code,
    bu_code,
    week_start,
    sales,
    koin_redeemed,
    false as is_return
from qualifying
union all
select
    receipts.receive_main_id,
    receipts.cust_id,
    qualifying.cust_id as payer_cust_id,
    coalesce(receipts.tier_code, 'UNKNOWN') as tier_code,
    receipts.bu_code,
    receipts.week_start,
    receipts.sales,
    cast(0 as bigint) as koin_redeemed,
    true as is_return
from receipts
inner join qualifying
    on receipts.original_receive_main_id = qualifying.receive_main_id
where receipts.receipt_status = 'return'
