-- One row a raw table or promo list and kind of broken reference: rows that are kept and shown as
-- UNKNOWN, or flagged for what they say; the rupiah (koin for the ledger) that they carry, without
-- sign; and how many of them are of the last days.

with receipts {{ as_inlined() }} (
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

delivered_vouchers as (
    select * from {{ ref('stg_cohesive__vouchers') }}
),

vouchers as (
    select * from {{ ref('fct_vouchers') }}
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
    select * from {{ ref('fct_message_events') }}
),

campaigns as (
    select * from {{ ref('campaigns') }}
),

voucher_programs as (
    select * from {{ ref('voucher_programs') }}
),

listed_skus as (
    select * from {{ ref('int_promotions__listed_skus') }}
),

delivered_members as (
    select
        cust_id,
        registration_status
    from {{ ref('stg_cohesive__members') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

judged_tbl_receipt as (
    select
        receipts.business_date as event_date,
        receipts.is_pre_cohesive,
        receipts.bu_code = 'UNKNOWN' as is_unknown_bu,
        coalesce(receipts.sales_channel, '') not in ('offline', 'online')
            as is_unknown_sales_channel,
        not sites.is_known as is_unknown_site,
        receipts.cust_id is not null and delivered_members.cust_id is null as is_unknown_member,
        receipts.receipt_status = 'return'
        and coalesce(originals.receipt_status, 'return') = 'return' as is_unknown_original,
        receipts.is_transaction and receipts.sales < 0 as is_negative_sale,
        abs(receipts.sales) as amount
    from receipts
    left join sites
        on receipts.site_code = sites.site_code
    left join delivered_members
        on receipts.cust_id = delivered_members.cust_id
    left join receipts as originals
        on receipts.original_receive_main_id = originals.receive_main_id
),

judged_tbl_receipt_line as (
    select
        receipt_lines.business_date as event_date,
        receipt_lines.is_orphan,
        not products.is_known as is_unknown_sku,
        abs(receipt_lines.net_sales) as amount
    from receipt_lines
    left join products
        on receipt_lines.sku = products.sku
),

judged_tbl_receipt_payment as (
    select
        payments.business_date as event_date,
        payments.is_orphan,
        payments.payment_group = 'UNKNOWN' as is_unknown_payment_method,
        payments.voucher_code is not null
        and delivered_vouchers.voucher_code is null as is_unknown_voucher,
        payments.payment_method = 'VOUCHER'
        and payments.voucher_code is null as is_voucher_not_named,
        abs(payments.amount) as amount
    from payments
    left join delivered_vouchers
        on payments.voucher_code = delivered_vouchers.voucher_code
),

judged_tbl_koin as (
    select
        koin_entries.entry_date as event_date,
        koin_entries.is_pre_cohesive,
        koin_entries.issue_bu_code = 'UNKNOWN'
        or koin_entries.redeem_bu_code = 'UNKNOWN' as is_unknown_bu,
        delivered_members.cust_id is null as is_unknown_member,
        koin_entries.receive_main_id is not null and receipts.receive_main_id is null as is_orphan,
        coalesce(receipts.receipt_status = 'void', false) as is_receipt_void,
        koin_entries.entry_type = 'redeem'
        and koin_entries.receive_main_id is null as is_receipt_not_named,
        abs(koin_entries.koin) as amount
    from koin_entries
    left join receipts
        on koin_entries.receive_main_id = receipts.receive_main_id
    left join delivered_members
        on koin_entries.cust_id = delivered_members.cust_id
),

-- Of the great tables one row a day and answer, before each answer becomes a finding of its own.
{% set judged = {
    'tbl_receipt': [
        'unknown_bu', 'unknown_site', 'unknown_member', 'unknown_original',
        'unknown_sales_channel', 'negative_sale', 'pre_cohesive',
    ],
    'tbl_receipt_line': ['orphan', 'unknown_sku'],
    'tbl_receipt_payment': [
        'orphan', 'unknown_payment_method', 'unknown_voucher', 'voucher_not_named',
    ],
    'tbl_koin': [
        'unknown_bu', 'unknown_member', 'orphan', 'receipt_void', 'receipt_not_named',
        'pre_cohesive',
    ],
} -%}
{% for table, reasons in judged.items() -%}
    daily_{{ table }} as (
        select
            event_date,
            is_{{ reasons | join(', is_') }},
            sum(amount) as amount,
            count(*) as row_count
        from judged_{{ table }}
        group by event_date, is_{{ reasons | join(', is_') }}
    ),

{% endfor -%}
findings as (
    {% for table, reasons in judged.items() -%}
        {% for reason in reasons -%}
            select
                '{{ table }}' as table_name,
                '{{ reason }}' as reason,
                event_date,
                amount,
                row_count,
                is_{{ reason }} as is_found
            from daily_{{ table }}
            union all
        {% endfor -%}
    {% endfor -%}
    select
        'tbl_member_tier' as table_name,
        'unknown_tier' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        member_tiers.tier is not null and tier_aliases.tier_code is null as is_found
    from member_tiers
    left join tier_aliases
        on {{ spelling_key('member_tiers.tier') }} = tier_aliases.alias
    union all
    select
        'tbl_member_tier' as table_name,
        'unknown_member' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
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
        1 as row_count,
        delivered_members.cust_id is null as is_found
    from children
    left join delivered_members
        on children.cust_id = delivered_members.cust_id
    union all
    select
        'tbl_member' as table_name,
        'impossible_birth_date' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        members.birth_date is not null
        and {{ age_in_years('members.birth_date', 'run.as_of_date') }} is null as is_found
    from members
    cross join run
    union all
    -- A child may be born after the as-of date, not after the row that tells of it.
    select
        'tbl_member_child' as table_name,
        'impossible_birth_date' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        children.birth_date is not null
        and {{ age_in_years('children.birth_date', 'run.as_of_date') }} is null
        and (
            children.birth_date <= run.as_of_date
            or children.birth_date > cast(children._loaded_at as date)
        ) as is_found
    from children
    cross join run
    union all
    select
        'tbl_voucher' as table_name,
        'orphan' as reason,
        vouchers.issued_date as event_date,
        abs(vouchers.face_value) as amount,
        1 as row_count,
        vouchers.redeemed_receive_main_id is not null
        and receipts.receive_main_id is null as is_found
    from vouchers
    left join receipts
        on vouchers.redeemed_receive_main_id = receipts.receive_main_id
    union all
    select
        'tbl_voucher' as table_name,
        'unknown_member' as reason,
        vouchers.issued_date as event_date,
        abs(vouchers.face_value) as amount,
        1 as row_count,
        vouchers.cust_id is not null and delivered_members.cust_id is null as is_found
    from vouchers
    left join delivered_members
        on vouchers.cust_id = delivered_members.cust_id
    union all
    select
        'tbl_voucher' as table_name,
        'pre_cohesive' as reason,
        issued_date as event_date,
        abs(face_value) as amount,
        1 as row_count,
        is_pre_cohesive as is_found
    from vouchers
    union all
    select
        'tbl_voucher' as table_name,
        'unknown_program' as reason,
        vouchers.issued_date as event_date,
        abs(vouchers.face_value) as amount,
        1 as row_count,
        voucher_programs.program_code is null as is_found
    from vouchers
    left join voucher_programs
        on vouchers.program_code = voucher_programs.program_code
    union all
    {% for table, reason, model, event_date, is_found in [
        ('tbl_member', 'unknown_tier', 'members', 'cast(null as date)',
            "tier_raw is not null and tier_code = 'UNKNOWN'"),
        ('tbl_member', 'unknown_registration_status', 'delivered_members', 'cast(null as date)',
            "coalesce(registration_status, '') not in ('full', 'partial')"),
        ('message_event', 'unknown_bounce_type', 'events', 'event_date',
            "event_type = 'bounced' and coalesce(bounce_type, '') not in ('hard', 'soft')"),
        ('message_event', 'unknown_member', 'events', 'event_date', 'cust_id is null'),
    ] -%}
        select
            '{{ table }}' as table_name,
            '{{ reason }}' as reason,
            {{ event_date }} as event_date,
            cast(null as numeric(18, 2)) as amount,
            1 as row_count,
            {{ is_found }} as is_found
        from {{ model }}
        union all
    {% endfor -%}
    {% for table, reason, model, column in [
        ('tbl_site', 'unknown_bu', 'sites', 'bu_code'),
        ('tbl_site', 'unknown_site_type', 'sites', 'site_type'),
        ('tbl_product', 'unknown_bu', 'products', 'bu_code'),
    ] -%}
        select
            '{{ table }}' as table_name,
            '{{ reason }}' as reason,
            cast(null as date) as event_date,
            cast(null as numeric(18, 2)) as amount,
            1 as row_count,
            {{ column }} = 'UNKNOWN' as is_found
        from {{ model }}
        where is_known
        union all
    {% endfor -%}
    select
        'tbl_member' as table_name,
        'unknown_site' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        not coalesce(sites.is_known, true) as is_found
    from members
    left join sites
        on members.chosen_site_code = sites.site_code
    union all
    select
        'message_event' as table_name,
        'unknown_campaign' as reason,
        events.event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        campaigns.campaign_code is null as is_found
    from events
    left join campaigns
        on events.campaign_code = campaigns.campaign_code
    union all
    select
        promotion || '_skus' as table_name,
        'unknown_sku' as reason,
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        1 as row_count,
        not is_known_sku as is_found
    from listed_skus
),

dated_findings as (
    select
        findings.table_name,
        findings.reason,
        findings.amount,
        findings.row_count,
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
    cast(sum(case when is_found then row_count else 0 end) as bigint) as row_count,
    cast(sum(case when is_found then amount else 0 end) as numeric(18, 2)) as amount,
    cast(sum(row_count) as bigint) as checked_row_count,
    cast(sum(case when is_found and is_recent then row_count else 0 end) as bigint)
        as recent_row_count,
    cast(sum(case when is_recent then row_count else 0 end) as bigint) as recent_checked_row_count,
    case
        when reason like 'unknown%' then 'unknown'
        when reason in ('pre_cohesive', 'negative_sale', 'impossible_birth_date')
            then 'flagged'
        else 'orphan'
    end as outcome
from dated_findings
group by table_name, reason
