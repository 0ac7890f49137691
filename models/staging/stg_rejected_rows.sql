-- One row a raw row that cannot be used: its table, key, reason, and the rupiah or koin that it
-- carries.

with receipts as (
    select * from {{ ref('base_cohesive__receipts_judged') }}
    where reject_reason is not null
),

receipt_lines as (
    select * from {{ ref('base_cohesive__receipt_lines') }}
    where reject_reason is not null
),

receipt_payments as (
    select * from {{ ref('base_cohesive__receipt_payments') }}
    where reject_reason is not null
),

koin_entries as (
    select * from {{ ref('base_cohesive__koin_entries') }}
    where reject_reason is not null
),

members as (
    select * from {{ ref('base_cohesive__members') }}
    where reject_reason is not null
),

member_tiers as (
    select * from {{ ref('base_cohesive__member_tiers') }}
    where reject_reason is not null
),

member_children as (
    select * from {{ ref('base_cohesive__member_children') }}
    where reject_reason is not null
),

sites as (
    select * from {{ ref('base_cohesive__sites') }}
    where reject_reason is not null
),

products as (
    select * from {{ ref('base_cohesive__products') }}
    where reject_reason is not null
),

vouchers as (
    select * from {{ ref('base_cohesive__vouchers') }}
    where reject_reason is not null
),

message_events as (
    select * from {{ ref('base_stamps__message_events') }}
    where reject_reason is not null
),

unparseable_rows as (
    select * from {{ source('landing', 'unparseable_rows') }}
),

rejected as (
    select
        'cohesive' as source_name,
        'tbl_receipt' as table_name,
        coalesce(cast(receive_main_id as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(sales as numeric(18, 2)) as amount,
        _loaded_at
    from receipts
    union all
    select
        'cohesive' as source_name,
        'tbl_receipt_line' as table_name,
        coalesce(cast(receive_main_id as varchar), '')
        || '|'
        || coalesce(cast(line_no as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(net_sales as numeric(18, 2)) as amount,
        _loaded_at
    from receipt_lines
    union all
    select
        'cohesive' as source_name,
        'tbl_receipt_payment' as table_name,
        coalesce(cast(receive_payment_id as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(amount as numeric(18, 2)) as amount,
        _loaded_at
    from receipt_payments
    union all
    select
        'cohesive' as source_name,
        'tbl_koin' as table_name,
        coalesce(cast(koin_id as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(koin as numeric(18, 2)) as amount,
        _loaded_at
    from koin_entries
    union all
    select
        'cohesive' as source_name,
        'tbl_member' as table_name,
        coalesce(cast(cust_id as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from members
    union all
    select
        'cohesive' as source_name,
        'tbl_member_tier' as table_name,
        coalesce(cast(cust_id as varchar), '')
        || '|'
        || coalesce(cast(valid_from as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from member_tiers
    union all
    select
        'cohesive' as source_name,
        'tbl_member_child' as table_name,
        coalesce(cast(cust_id as varchar), '')
        || '|'
        || coalesce(cast(child_no as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from member_children
    union all
    select
        'cohesive' as source_name,
        'tbl_site' as table_name,
        coalesce(cast(site_code as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from sites
    union all
    select
        'cohesive' as source_name,
        'tbl_product' as table_name,
        coalesce(cast(sku as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from products
    union all
    select
        'cohesive' as source_name,
        'tbl_voucher' as table_name,
        coalesce(cast(voucher_code as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(face_value as numeric(18, 2)) as amount,
        _loaded_at
    from vouchers
    union all
    select
        'stamps' as source_name,
        'message_event' as table_name,
        coalesce(cast(event_id as varchar), '') as row_key,
        reject_reason,
        cast(null as varchar) as column_name,
        cast(null as numeric(18, 2)) as amount,
        _loaded_at
    from message_events
    union all
    select
        source_name,
        table_name,
        row_key,
        'unparseable' as reject_reason,
        column_name,
        cast(null as numeric(18, 2)) as amount,
        cast(null as timestamp) as _loaded_at
    from unparseable_rows
)

select
    source_name,
    table_name,
    row_key,
    reject_reason,
    column_name,
    amount,
    _loaded_at
from rejected
