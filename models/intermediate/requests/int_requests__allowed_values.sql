-- One row a column of segment_requests and value that it may hold; columns that take any value have
-- none.

{% set words = {
    'method': ['rule', 'rfm', 'propensity'],
    'status': ['draft', 'approved', 'cancelled'],
    'order_by': ['email_non_opener_first', 'recent_first', 'value_first', 'koin_first'],
    'split_by': ['activation', 'gender'],
    'transacted_site_type': vocabulary('site_type'),
    'transacted_channel': vocabulary('sales_channel'),
    'transacted_fulfilment': vocabulary('fulfilment'),
    'gender': ['M', 'F', 'BLANK'],
    'gender_split': ['proportional'],
    'activation': ['activated', 'not_activated'],
    'registration': ['full'],
    'lifecycle': ['never_bought', 'new', 'reactivated', 'active', 'at_risk', 'lapsed'],
    'value_segment': ['HEAVY', 'MEDIUM', 'LIGHT', 'NONE'],
} -%}
{%- set references = [
    ('channel', 'channels', 'channel', 'is no channel'),
    ('bu_code', 'business_units', 'bu_code', 'is no business unit'),
    ('transacted_bu', 'business_units', 'bu_code', 'is no business unit'),
    ('transacted_site', 'dim_sites', 'site_code', 'is no site that is known'),
    ('preferred_site', 'dim_sites', 'site_code', 'is no site that is known'),
    ('preferred_city', 'dim_sites', 'city', 'is no city of a site'),
    ('bought_category', 'dim_products', 'category', 'is no category of a product'),
    ('propensity_category', 'dim_products', 'category', 'is no category of a product'),
    ('bought_brand', 'dim_products', 'brand', 'is no brand of a product'),
    ('bought_sku', 'dim_products', 'sku', 'is no SKU that is known'),
    ('payment_partner', 'payment_methods', 'payment_partner', 'is no partner of payment_methods'),
    ('domicile_area', 'campaign_areas', 'area', 'is no area of campaign_areas'),
    ('tier', 'loyalty_tiers', 'tier_code', 'is no tier of loyalty_tiers'),
    ('min_koin', 'loyalty_tiers', 'tier_code', 'is no tier of loyalty_tiers'),
    ('rfm_segment', 'rfm_segments', 'rfm_segment', 'is no segment of rfm_segments'),
    ('season', 'seasons', 'season', 'is no season of seasons'),
    ('unredeemed_voucher_program', 'voucher_programs', 'program_code', 'is no voucher programme'),
    ('exclude_requests', 'segment_requests', 'request_id', 'is no request'),
] -%}

with allowed as (
    {%- for column_name, allowed_values in words.items() %}
        {%- for allowed_value in allowed_values %}
            select
                '{{ column_name }}' as column_name,
                '{{ allowed_value }}' as allowed_value,
                'is none of {{ allowed_values | join(", ") }}' as problem
            union all
        {%- endfor %}
    {%- endfor %}
    {%- for column_name, relation, source_column, problem in references %}
        select
            '{{ column_name }}' as column_name,
            {{ clean_name(source_column) }} as allowed_value,
            '{{ problem }}' as problem
        from {{ ref(relation) }}
        {%- if relation.startswith('dim_') %}
            where is_known
        {%- endif %}
        union all
    {%- endfor %}
    select
        'exclude_requests' as column_name,
        request_id as allowed_value,
        'is no request' as problem
    from {{ ref('audience_delivery_manifests') }}
    union all
    -- A column whose reference table is empty takes no value rather than any: this stands for none.
    {%- for column_name, _, _, problem in references %}
        select
            '{{ column_name }}' as column_name,
            '|' as allowed_value,
            '{{ problem }}' as problem
        union all
    {%- endfor %}
    -- The segments that no rule of rfm_segments gives.
    select
        'rfm_segment' as column_name,
        'OTHERS' as allowed_value,
        'is no segment of rfm_segments' as problem
    union all
    select
        'rfm_segment' as column_name,
        'NO_PURCHASE' as allowed_value,
        'is no segment of rfm_segments' as problem
)

select
    column_name,
    allowed_value,
    problem
from allowed
where allowed_value is not null and allowed_value <> 'UNKNOWN'
group by column_name, allowed_value, problem
