-- One row a raw table or promo list and kind of broken reference: rows that are kept and shown as
-- UNKNOWN, and the rupiah (koin for the ledger) that they carry, without sign; and how many of them
-- are of the last days.

with receipts as (
    select * from {{ ref('fct_receipts') }}
),

receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
),

payments as (
    select * from {{ ref('fct_receipt_payments') }}
),

koin_entries as (
    select * from {{ ref('fct_koin_entries') }}
),

members as (
    select * from {{ ref('int_members__resolved') }}
),

member_tiers as (
    select * from {{ ref('stg_cohesive__member_tiers') }}
),

children as (
    select * from {{ ref('stg_cohesive__member_children') }}
),

vouchers as (
    select * from {{ ref('stg_cohesive__vouchers') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

tier_aliases as (
    select * from {{ ref('tier_aliases') }}
),

events as (
    select * from {{ ref('stg_stamps__message_events') }}
),

campaigns as (
    select * from {{ ref('campaigns') }}
),

voucher_programs as (
    select * from {{ ref('voucher_programs') }}
),

message_receivers as (
    select stamps_user_id
    from {{ ref('stg_cohesive__members') }}
    where stamps_user_id is not null
    group by stamps_user_id
),

listed_skus as (
    select * from {{ ref('int_promotions__listed_skus') }}
),

delivered_members as (
    select cust_id from {{ ref('stg_cohesive__members') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

judged_receipts as (
    select
        receipts.receive_main_id,
        receipts.business_date as event_date,
        receipts.sales as amount,
        receipts.is_pre_cohesive,
        receipts.bu_code = 'UNKNOWN' as is_unknown_bu,
        not sites.is_known as is_unknown_site,
        receipts.cust_id is not null and delivered_members.cust_id is null as is_unknown_member,
        receipts.receipt_status = 'return'
        and originals.receive_main_id is null as is_unknown_original,
        receipts.is_transaction and receipts.sales < 0 as is_negative_sale
    from receipts
    left join sites
        on receipts.site_code = sites.site_code
    left join delivered_members
        on receipts.cust_id = delivered_members.cust_id
    left join receipts as originals
        on receipts.original_receive_main_id = originals.receive_main_id
),

judged_entries as (
    select
        koin_entries.entry_date as event_date,
        koin_entries.koin as amount,
        koin_entries.is_pre_cohesive,
        koin_entries.issue_bu_code = 'UNKNOWN'
        or koin_entries.redeem_bu_code = 'UNKNOWN' as is_unknown_bu,
        delivered_members.cust_id is null as is_unknown_member,
        koin_entries.receive_main_id is not null and receipts.receive_main_id is null as is_orphan,
        coalesce(receipts.receipt_status = 'void', false) as is_on_void_receipt,
        koin_entries.entry_type = 'redeem'
        and koin_entries.receive_main_id is null as is_without_receipt
    from koin_entries
    left join receipts
        on koin_entries.receive_main_id = receipts.receive_main_id
    left join delivered_members
        on koin_entries.cust_id = delivered_members.cust_id
),

findings as (
    select
        'tbl_receipt' as table_name,
        'unknown_bu' as reason,
        event_date,
        amount,
        is_unknown_bu as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt' as table_name,
        'unknown_site' as reason,
        event_date,
        amount,
        is_unknown_site as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt' as table_name,
        'unknown_member' as reason,
        event_date,
        amount,
        is_unknown_member as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt' as table_name,
        'unknown_original' as reason,
        event_date,
        amount,
        is_unknown_original as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt' as table_name,
        'negative_sale' as reason,
        event_date,
        amount,
        is_negative_sale as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt' as table_name,
        'pre_cohesive' as reason,
        event_date,
        amount,
        is_pre_cohesive as is_found
    from judged_receipts
    union all
    select
        'tbl_receipt_line' as table_name,
        'orphan' as reason,
        business_date as event_date,
        net_sales as amount,
        is_orphan as is_found
    from receipt_lines
    union all
    select
        'tbl_receipt_line' as table_name,
        'unknown_sku' as reason,
        receipt_lines.business_date as event_date,
        receipt_lines.net_sales as amount,
        not products.is_known as is_found
    from receipt_lines
    left join products
        on receipt_lines.sku = products.sku
    union all
    select
        'tbl_receipt_payment' as table_name,
        'orphan' as reason,
        business_date as event_date,
        amount,
        is_orphan as is_found
    from payments
    union all
    select
        'tbl_receipt_payment' as table_name,
        'unknown_payment_method' as reason,
        business_date as event_date,
        amount,
        payment_group = 'UNKNOWN' as is_found
    from payments
    union all
    select
        'tbl_receipt_payment' as table_name,
        'unknown_voucher' as reason,
        payments.business_date as event_date,
        payments.amount,
        payments.voucher_code is not null and vouchers.voucher_code is null as is_found
    from payments
    left join vouchers
        on payments.voucher_code = vouchers.voucher_code
    union all
    select
        'tbl_koin' as table_name,
        'unknown_bu' as reason,
        event_date,
        amount,
        is_unknown_bu as is_found
    from judged_entries
    union all
    select
        'tbl_koin' as table_name,
        'unknown_member' as reason,
        event_date,
        amount,
        is_unknown_member as is_found
    from judged_entries
    union all
    select
        'tbl_koin' as table_name,
        'orphan' as reason,
        event_date,
        amount,
        is_orphan as is_found
    from judged_entries
    union all
    select
        'tbl_koin' as table_name,
        'receipt_void' as reason,
        event_date,
        amount,
        is_on_void_receipt as is_found
    from judged_entries
    union all
    select
        'tbl_koin' as table_name,
        'receipt_not_named' as reason,
        event_date,
        amount,
        is_without_receipt as is_found
    from judged_entries
    union all
    select
        'tbl_koin' as table_name,
        'pre_cohesive' as reason,
        event_date,
        amount,
        is_pre_cohesive as is_found
    from judged_entries
    union all
    select
        'tbl_member' as table_name,
        'unknown_tier' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        tier_raw is not null and tier_code = 'UNKNOWN' as is_found
    from members
    union all
    select
        'tbl_member_tier' as table_name,
        'unknown_tier' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        member_tiers.tier is not null and tier_aliases.tier_code is null as is_found
    from member_tiers
    left join tier_aliases
        on {{ tier_alias_key('member_tiers.tier') }} = tier_aliases.alias
    union all
    select
        'tbl_member_tier' as table_name,
        'unknown_member' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        delivered_members.cust_id is null as is_found
    from member_tiers
    left join delivered_members
        on member_tiers.cust_id = delivered_members.cust_id
    union all
    select
        'tbl_member_child' as table_name,
        'unknown_member' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        delivered_members.cust_id is null as is_found
    from children
    left join delivered_members
        on children.cust_id = delivered_members.cust_id
    union all
    select
        'tbl_voucher' as table_name,
        'orphan' as reason,
        cast(vouchers.issued_at as date) as event_date,
        vouchers.face_value as amount,
        vouchers.redeemed_receive_main_id is not null
        and receipts.receive_main_id is null as is_found
    from vouchers
    left join receipts
        on vouchers.redeemed_receive_main_id = receipts.receive_main_id
    union all
    select
        'tbl_voucher' as table_name,
        'unknown_member' as reason,
        cast(vouchers.issued_at as date) as event_date,
        vouchers.face_value as amount,
        vouchers.cust_id is not null and delivered_members.cust_id is null as is_found
    from vouchers
    left join delivered_members
        on vouchers.cust_id = delivered_members.cust_id
    union all
    select
        'tbl_voucher' as table_name,
        'unknown_program' as reason,
        cast(vouchers.issued_at as date) as event_date,
        vouchers.face_value as amount,
        voucher_programs.program_code is null as is_found
    from vouchers
    left join voucher_programs
        on vouchers.program_code = voucher_programs.program_code
    union all
    select
        'tbl_member' as table_name,
        'unknown_site' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        not coalesce(sites.is_known, true) as is_found
    from members
    left join sites
        on members.chosen_site_code = sites.site_code
    union all
    select
        'message_event' as table_name,
        'unknown_campaign' as reason,
        cast(events.event_ts as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        campaigns.campaign_code is null as is_found
    from events
    left join campaigns
        on events.campaign_code = campaigns.campaign_code
    union all
    select
        'message_event' as table_name,
        'unknown_member' as reason,
        cast(events.event_ts as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        message_receivers.stamps_user_id is null as is_found
    from events
    left join message_receivers
        on events.stamps_user_id = message_receivers.stamps_user_id
    union all
    select
        promotion || '_skus' as table_name,
        'unknown_sku' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        not is_known_sku as is_found
    from listed_skus
),

dated_findings as (
    select
        findings.table_name,
        findings.reason,
        findings.amount,
        findings.is_found,
        coalesce(
            findings.event_date
            > {{ date_add_days('run.as_of_date', -var('unknown_recent_days')) }}
            and findings.event_date <= run.as_of_date,
            false
        ) as is_recent
    from findings
    cross join run
)

select
    table_name,
    reason,
    cast(sum(case when is_found then 1 else 0 end) as bigint) as row_count,
    cast(sum(case when is_found then abs(amount) else 0 end) as numeric(18, 2)) as amount,
    cast(count(*) as bigint) as checked_row_count,
    cast(sum(case when is_found and is_recent then 1 else 0 end) as bigint) as recent_row_count,
    cast(sum(case when is_recent then 1 else 0 end) as bigint) as recent_checked_row_count
from dated_findings
group by table_name, reason
