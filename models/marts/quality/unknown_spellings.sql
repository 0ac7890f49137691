-- One row a raw column and spelling in it that the reference tables do not know: what an analyst
-- adds to the seed. A text that could be a phone number or an address is not shown.

with members as (
    select * from {{ ref('stg_cohesive__members') }}
),

member_tiers as (
    select * from {{ ref('stg_cohesive__member_tiers') }}
),

payments as (
    select * from {{ ref('fct_receipt_payments') }}
),

tier_aliases as (
    select * from {{ ref('tier_aliases') }}
),

domicile_areas as (
    select
        city,
        coalesce(raw_city, '') as raw_city,
        coalesce(raw_province, '') as raw_province
    from {{ ref('domicile_areas') }}
),

tiers as (
    {% for table, model in [('tbl_member', 'members'), ('tbl_member_tier', 'member_tiers')] -%}
        select
            '{{ table }}' as table_name,
            {{ spelling_key('tier') }} as spelling,
            count(*) as row_count
        from {{ model }}
        group by {{ spelling_key('tier') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

domiciles as (
    select
        coalesce({{ spelling_key('domicile_city') }}, '') as raw_city,
        coalesce({{ spelling_key('domicile_province') }}, '') as raw_province,
        count(*) as row_count
    from members
    group by
        coalesce({{ spelling_key('domicile_city') }}, ''),
        coalesce({{ spelling_key('domicile_province') }}, '')
),

unknown as (
    select
        tiers.table_name,
        'tier' as column_name,
        'tier_aliases' as reference_table,
        tiers.spelling,
        tiers.row_count
    from tiers
    left join tier_aliases
        on tiers.spelling = tier_aliases.alias
    where
        tiers.spelling is not null
        and tier_aliases.alias is null
    union all
    select
        'tbl_member' as table_name,
        'domicile_city' as column_name,
        'domicile_areas' as reference_table,
        domiciles.raw_city
        || case when domiciles.raw_province <> '' then ', ' || domiciles.raw_province else '' end
            as spelling,
        domiciles.row_count
    from domiciles
    left join domicile_areas
        on
            domiciles.raw_city = domicile_areas.raw_city
            and domiciles.raw_province = domicile_areas.raw_province
    where
        domiciles.raw_city || domiciles.raw_province <> ''
        and domicile_areas.city is null
    union all
    select
        'tbl_receipt_payment' as table_name,
        'payment_method' as column_name,
        'payment_methods' as reference_table,
        payment_method as spelling,
        count(*) as row_count
    from payments
    where
        payment_group = 'UNKNOWN'
        and payment_method <> 'UNKNOWN'
    group by payment_method
    union all
    select
        'tbl_receipt_payment' as table_name,
        'bank_code' as column_name,
        'payment_methods' as reference_table,
        payment_method || ', ' || bank_code as spelling,
        count(*) as row_count
    from payments
    where is_unknown_bank
    group by payment_method, bank_code
),

shown as (
    select
        table_name,
        column_name,
        reference_table,
        row_count,
        case
            when
                spelling like '%@%'
                or length(spelling) - length(translate(spelling, '0123456789', '')) >= 6
                then '(not shown)'
            else spelling
        end as spelling
    from unknown
)

select
    table_name,
    column_name,
    spelling,
    reference_table,
    cast(sum(row_count) as bigint) as row_count
from shown
group by table_name, column_name, spelling, reference_table
