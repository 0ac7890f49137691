-- One row a mistake in a reference table that analysts keep; the build stops when there is one.
{{ config(post_hook="{{ stop_on_violations(this) }}") }}

with business_units as (
    select * from {{ ref('business_units') }}
),

tiers as (
    select * from {{ ref('loyalty_tiers') }}
),

tier_aliases as (
    select * from {{ ref('tier_aliases') }}
),

domicile_areas as (
    select * from {{ ref('domicile_areas') }}
),

campaigns as (
    select * from {{ ref('campaigns') }}
),

campaign_scope as (
    select * from {{ ref('campaign_scope') }}
),

seasons as (
    select * from {{ ref('seasons') }}
),

channels as (
    select * from {{ ref('channels') }}
),

required_attributes as (
    select
        channels.channel,
        cast(items.item as varchar) as attribute_name
    from channels
    {{ split_to_rows('channels.required_attributes', '|', 'items', 'item') }}
),

-- A price list is read the same way whichever promotion it belongs to.
listed_skus as (
    select
        'members_choice_skus' as seed_name,
        period_code,
        sku,
        starts_on,
        ends_on,
        bu_code
    from {{ ref('members_choice_skus') }}
    union all
    select
        'harga_spesial_koin_skus' as seed_name,
        period_code,
        sku,
        starts_on,
        ends_on,
        bu_code
    from {{ ref('harga_spesial_koin_skus') }}
),

prices as (
    select
        'members_choice_skus' as seed_name,
        period_code || '|' || sku as row_key,
        'special_price' as column_name,
        special_price as price
    from {{ ref('members_choice_skus') }}
    union all
    select
        'harga_spesial_koin_skus' as seed_name,
        period_code || '|' || sku as row_key,
        'koin_price' as column_name,
        koin_price as price
    from {{ ref('harga_spesial_koin_skus') }}
    union all
    select
        'harga_spesial_koin_skus' as seed_name,
        period_code || '|' || sku as row_key,
        'normal_price' as column_name,
        normal_price as price
    from {{ ref('harga_spesial_koin_skus') }}
),

-- A campaign or voucher programme of all business units names none; a price list always names one.
coded_rows as (
    select
        seed_name,
        period_code || '|' || sku as row_key,
        bu_code
    from listed_skus
    union all
    select
        'campaigns' as seed_name,
        campaign_code as row_key,
        bu_code
    from campaigns
    where bu_code is not null
    union all
    select
        'voucher_programs' as seed_name,
        program_code as row_key,
        bu_code
    from {{ ref('voucher_programs') }}
    where bu_code is not null
),

-- What raw data carry in any case is compared in upper case.
upper_case_codes as (
    select
        'campaigns' as seed_name,
        campaign_code as row_key,
        'campaign_code' as column_name,
        campaign_code as code
    from campaigns
    union all
    select
        'campaign_scope' as seed_name,
        campaign_scope.campaign_code || '|' || campaign_scope.scope_value as row_key,
        'scope_value' as column_name,
        campaign_scope.scope_value as code
    from campaign_scope
    inner join campaigns
        on
            campaign_scope.campaign_code = campaigns.campaign_code
            and campaigns.scope_type = 'site'
    union all
    select
        'voucher_programs' as seed_name,
        program_code as row_key,
        'program_code' as column_name,
        program_code as code
    from {{ ref('voucher_programs') }}
),

-- What raw data spell in many ways is looked up by its key: another form of it is never met.
spellings as (
    select
        'tier_aliases' as seed_name,
        alias as row_key,
        'alias' as column_name,
        alias as spelling
    from tier_aliases
    union all
    {% for column in ['raw_city', 'raw_province'] -%}
        select
            'domicile_areas' as seed_name,
            raw_city || '|' || coalesce(raw_province, '') as row_key,
            '{{ column }}' as column_name,
            {{ column }} as spelling
        from domicile_areas
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

periods as (
    select
        seed_name,
        period_code || '|' || sku as row_key,
        'ends_on' as column_name,
        starts_on,
        ends_on
    from listed_skus
    union all
    select
        'campaigns' as seed_name,
        campaign_code as row_key,
        'promo_ends_on' as column_name,
        promo_starts_on as starts_on,
        promo_ends_on as ends_on
    from campaigns
    union all
    select
        'campaigns' as seed_name,
        campaign_code as row_key,
        'control_ends_on' as column_name,
        control_starts_on as starts_on,
        control_ends_on as ends_on
    from campaigns
    where control_starts_on is not null or control_ends_on is not null
    union all
    select
        'seasons' as seed_name,
        season || '|' || occurrence as row_key,
        'ends_on' as column_name,
        starts_on,
        ends_on
    from seasons
    union all
    select
        'voucher_programs' as seed_name,
        program_code as row_key,
        'ends_on' as column_name,
        starts_on,
        ends_on
    from {{ ref('voucher_programs') }}
    where starts_on is not null and ends_on is not null
),

season_windows as (
    select
        season,
        occurrence,
        starts_on,
        lag(ends_on) over (partition by season order by starts_on, occurrence) as previous_ends_on
    from seasons
)

select
    coded_rows.seed_name,
    coded_rows.row_key,
    'bu_code' as column_name,
    coded_rows.bu_code as found_value,
    'is no business unit' as problem
from coded_rows
left join business_units
    on coded_rows.bu_code = business_units.bu_code
where business_units.bu_code is null
union all
select
    seed_name,
    row_key,
    column_name,
    cast(ends_on as varchar) as found_value,
    'is not a date on or after the start' as problem
from periods
where starts_on is null or ends_on is null or ends_on < starts_on
union all
select
    listed_skus.seed_name,
    listed_skus.period_code || '|' || listed_skus.sku as row_key,
    'starts_on' as column_name,
    cast(listed_skus.starts_on as varchar) as found_value,
    'overlaps period '
    || other_periods.period_code
    || ' of the same SKU at the same business unit' as problem
from listed_skus
inner join listed_skus as other_periods
    on
        listed_skus.seed_name = other_periods.seed_name
        and listed_skus.sku = other_periods.sku
        and listed_skus.bu_code = other_periods.bu_code
        and listed_skus.period_code <> other_periods.period_code
        and listed_skus.starts_on <= other_periods.ends_on
        and listed_skus.ends_on >= other_periods.starts_on
union all
select
    'campaigns' as seed_name,
    campaign_code as row_key,
    'control_ends_on' as column_name,
    cast(control_ends_on as varchar) as found_value,
    'is not before the promo starts' as problem
from campaigns
where control_ends_on >= promo_starts_on
union all
select
    'harga_spesial_koin_skus' as seed_name,
    period_code || '|' || sku as row_key,
    'koin_price' as column_name,
    cast(koin_price as varchar) as found_value,
    'is not below the normal price' as problem
from {{ ref('harga_spesial_koin_skus') }}
where koin_price >= normal_price
union all
select
    seed_name,
    row_key,
    column_name,
    cast(price as varchar) as found_value,
    'is not a price above 0' as problem
from prices
where price is null or price <= 0
union all
select
    'tier_aliases' as seed_name,
    tier_aliases.alias as row_key,
    'tier_code' as column_name,
    tier_aliases.tier_code as found_value,
    'is no tier of loyalty_tiers' as problem
from tier_aliases
left join tiers
    on tier_aliases.tier_code = tiers.tier_code
where tiers.tier_code is null
union all
select
    'loyalty_tiers' as seed_name,
    lowest_tiers.tier_code as row_key,
    'min_l12m_spend' as column_name,
    cast(lowest_tiers.min_l12m_spend as varchar) as found_value,
    'is not 0, which the lowest tier begins with' as problem
from tiers as lowest_tiers
left join tiers as lower_tiers
    on lowest_tiers.tier_rank > lower_tiers.tier_rank
where lower_tiers.tier_rank is null and coalesce(lowest_tiers.min_l12m_spend <> 0, true)
union all
select
    'campaigns' as seed_name,
    campaign_code as row_key,
    'scope_type' as column_name,
    scope_type as found_value,
    'is none of all, sku, category, site' as problem
from campaigns
where scope_type is null or scope_type not in ('all', 'sku', 'category', 'site')
union all
select
    'campaign_scope' as seed_name,
    campaign_scope.campaign_code || '|' || campaign_scope.scope_value as row_key,
    'campaign_code' as column_name,
    campaign_scope.campaign_code as found_value,
    'is no campaign' as problem
from campaign_scope
left join campaigns
    on campaign_scope.campaign_code = campaigns.campaign_code
where campaigns.campaign_code is null
union all
select
    seed_name,
    row_key,
    column_name,
    code as found_value,
    'is not in upper case, or has blanks at its ends' as problem
from upper_case_codes
where code <> {{ clean_code('code') }} or {{ clean_code('code') }} is null
union all
select
    seed_name,
    row_key,
    column_name,
    spelling as found_value,
    'is not in lower case, or has blanks at its ends or several together' as problem
from spellings
where spelling <> coalesce({{ spelling_key('spelling') }}, '')
union all
select
    'seasons' as seed_name,
    season || '|' || occurrence as row_key,
    'starts_on' as column_name,
    cast(starts_on as varchar) as found_value,
    'overlaps the window before of the same season' as problem
from season_windows
where previous_ends_on >= starts_on
union all
select
    'channels' as seed_name,
    channel as row_key,
    'required_attributes' as column_name,
    attribute_name as found_value,
    'is no attribute of member_contacts that channels can require' as problem
from required_attributes
where
    attribute_name not in (
        {%- for attribute in channel_attributes() -%}
            '{{ attribute }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
union all
select
    'channels' as seed_name,
    channel as row_key,
    'consent' as column_name,
    consent as found_value,
    'is none of email, whatsapp, none' as problem
from channels
where consent is null or consent not in ('email', 'whatsapp', 'none')
union all
select
    'channels' as seed_name,
    channel as row_key,
    'exclusivity' as column_name,
    exclusivity as found_value,
    'is none of channel, any' as problem
from channels
where exclusivity is null or exclusivity not in ('channel', 'any')
union all
select
    'channels' as seed_name,
    channel as row_key,
    'frequency_cap_days' as column_name,
    cast(frequency_cap_days as varchar) as found_value,
    'is no number of days, which frequency_cap_messages needs' as problem
from channels
where frequency_cap_messages is not null and coalesce(frequency_cap_days, 0) < 1
union all
select
    'channels' as seed_name,
    channels.channel as row_key,
    'daily_capacity' as column_name,
    cast(channels.daily_capacity as varchar) as found_value,
    'is not the capacity of ' || same_group.channel || ', which shares the group' as problem
from channels
inner join channels as same_group
    on channels.capacity_group = same_group.capacity_group
where
    channels.daily_capacity <> same_group.daily_capacity
    or (channels.daily_capacity is null and same_group.daily_capacity is not null)
