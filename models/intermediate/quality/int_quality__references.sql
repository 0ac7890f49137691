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
        registration_status,
        gender_raw,
        gender
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
        not {{ is_in_vocabulary('receipts.sales_channel', 'sales_channel') }}
            as is_unknown_sales_channel,
        not {{ is_in_vocabulary('receipts.fulfilment', 'fulfilment') }} as is_unknown_fulfilment,
        not sites.is_known as is_unknown_site,
        receipts.cust_id is not null and delivered_members.cust_id is null as is_unknown_member,
        receipts.receipt_status = 'return'
        and coalesce(originals.receipt_status, 'return') = 'return' as is_unknown_original,
        receipts.is_transaction and receipts.sales < 0 as is_negative_sale,
        receipts.is_transaction and not receipts.is_pre_cohesive and coalesce(
            receipts.business_date < sites.opened_on or receipts.business_date > sites.closed_on,
            false
        ) as is_outside_site_dates,
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
        payments.is_unknown_bank,
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

judged_tbl_member as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        members.tier_raw is not null and members.tier_code = 'UNKNOWN' as is_unknown_tier,
        not coalesce(sites.is_known, true) as is_unknown_site,
        members.birth_date is not null
        and {{ age_in_years('members.birth_date', 'run.as_of_date') }} is null
            as is_impossible_birth_date
    from members
    cross join run
    left join sites
        on members.chosen_site_code = sites.site_code
),

judged_delivered_members as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        coalesce(registration_status, '') not in ('full', 'partial')
            as is_unknown_registration_status,
        gender = 'BLANK' and coalesce(gender_raw, 'BLANK') <> 'BLANK' as is_unknown_gender
    from delivered_members
),

judged_tbl_member_tier as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        member_tiers.tier is not null and tier_aliases.tier_code is null as is_unknown_tier,
        delivered_members.cust_id is null as is_unknown_member
    from member_tiers
    left join tier_aliases
        on {{ spelling_key('member_tiers.tier') }} = tier_aliases.alias
    left join delivered_members
        on member_tiers.cust_id = delivered_members.cust_id
),

-- A child may be born after the as-of date, not after the row that tells of it.
judged_tbl_member_child as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        delivered_members.cust_id is null as is_unknown_member,
        children.birth_date is not null
        and {{ age_in_years('children.birth_date', 'run.as_of_date') }} is null
        and (
            children.birth_date <= run.as_of_date
            or children.birth_date > cast(children._loaded_at as date)
        ) as is_impossible_birth_date
    from children
    cross join run
    left join delivered_members
        on children.cust_id = delivered_members.cust_id
),

judged_tbl_voucher as (
    select
        vouchers.issued_date as event_date,
        vouchers.is_pre_cohesive,
        vouchers.redeemed_receive_main_id is not null
        and receipts.receive_main_id is null as is_orphan,
        vouchers.cust_id is not null and delivered_members.cust_id is null as is_unknown_member,
        voucher_programs.program_code is null as is_unknown_program,
        abs(vouchers.face_value) as amount
    from vouchers
    left join receipts
        on vouchers.redeemed_receive_main_id = receipts.receive_main_id
    left join delivered_members
        on vouchers.cust_id = delivered_members.cust_id
    left join voucher_programs
        on vouchers.program_code = voucher_programs.program_code
),

judged_message_event as (
    select
        events.event_date,
        cast(null as numeric(18, 2)) as amount,
        events.cust_id is null as is_unknown_member,
        campaigns.campaign_code is null as is_unknown_campaign,
        events.event_type = 'bounced'
        and coalesce(events.bounce_type, '') not in ('hard', 'soft') as is_unknown_bounce_type
    from events
    left join campaigns
        on events.campaign_code = campaigns.campaign_code
),

judged_tbl_site as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        bu_code = 'UNKNOWN' as is_unknown_bu,
        site_type = 'UNKNOWN' as is_unknown_site_type
    from sites
    where is_known
),

judged_tbl_product as (
    select
        cast(null as date) as event_date,
        cast(null as numeric(18, 2)) as amount,
        bu_code = 'UNKNOWN' as is_unknown_bu
    from products
    where is_known
),

{% for promotion in ['members_choice', 'harga_spesial_koin'] -%}
    judged_{{ promotion }}_skus as (
        select
            cast(null as date) as event_date,
            cast(null as numeric(18, 2)) as amount,
            not is_known_sku as is_unknown_sku
        from listed_skus
        where promotion = '{{ promotion }}'
    ),

{% endfor -%}
-- One row a day and answer, before each answer becomes a finding of its own. How members registered
-- is judged of everybody delivered, also of who is not known yet.
{% set judged = {
    'tbl_receipt': [
        'unknown_bu', 'unknown_site', 'unknown_member', 'unknown_original',
        'unknown_sales_channel', 'unknown_fulfilment', 'negative_sale', 'outside_site_dates',
        'pre_cohesive',
    ],
    'tbl_receipt_line': ['orphan', 'unknown_sku'],
    'tbl_receipt_payment': [
        'orphan', 'unknown_payment_method', 'unknown_bank', 'unknown_voucher', 'voucher_not_named',
    ],
    'tbl_koin': [
        'unknown_bu', 'unknown_member', 'orphan', 'receipt_void', 'receipt_not_named',
        'pre_cohesive',
    ],
    'tbl_member': ['unknown_tier', 'unknown_site', 'impossible_birth_date'],
    'delivered_members': ['unknown_registration_status', 'unknown_gender'],
    'tbl_member_tier': ['unknown_tier', 'unknown_member'],
    'tbl_member_child': ['unknown_member', 'impossible_birth_date'],
    'tbl_voucher': ['orphan', 'unknown_member', 'unknown_program', 'pre_cohesive'],
    'message_event': ['unknown_member', 'unknown_campaign', 'unknown_bounce_type'],
    'tbl_site': ['unknown_bu', 'unknown_site_type'],
    'tbl_product': ['unknown_bu'],
    'members_choice_skus': ['unknown_sku'],
    'harga_spesial_koin_skus': ['unknown_sku'],
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
        {% set is_last = loop.last -%}
        {% for reason in reasons -%}
            select
                '{{ 'tbl_member' if table == 'delivered_members' else table }}' as table_name,
                '{{ reason }}' as reason,
                event_date,
                amount,
                row_count,
                is_{{ reason }} as is_found
            from daily_{{ table }}
            {{ 'union all' if not (is_last and loop.last) }}
        {% endfor -%}
    {% endfor -%}
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
        when
            reason in (
                'pre_cohesive', 'negative_sale', 'outside_site_dates', 'impossible_birth_date'
            )
            then 'flagged'
        else 'orphan'
    end as outcome
from dated_findings
group by table_name, reason
