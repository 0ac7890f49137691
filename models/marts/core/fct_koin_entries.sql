-- One row a movement of the koin ledger up to the as-of date, with the member's tier on its date.
-- Member counts are not additive.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_facts'}
) }}

with entries as (
    select * from {{ ref('stg_cohesive__koin_entries') }}
    where {{ is_listed('koin_id', 'int_touched__koin_facts') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

member_tiers as (
    select * from {{ ref('dim_member_tiers') }}
),

dated_entries as (
    select
        entries.koin_id,
        entries.cust_id,
        entries.entry_type,
        entries.koin,
        entries.issue_bu_code,
        entries.redeem_bu_code,
        entries.main_receive_payment_id,
        entries.source_koin_id,
        entries.entry_ts,
        cast(entries.entry_ts as date) as entry_date,
        entries.expires_on
    from entries
    inner join run
        on {{ few_rows_condition('cast(entries.entry_ts as date) <= run.as_of_date') }}
)

select
    dated_entries.koin_id,
    dated_entries.cust_id,
    coalesce(member_tiers.tier_code, 'UNKNOWN') as tier_code,
    dated_entries.entry_type,
    dated_entries.koin,
    {{ koin_movement('dated_entries.entry_type', 'dated_entries.koin') }} as koin_movement,
    case
        when issuers.bu_code is not null then issuers.bu_code
        when
            dated_entries.issue_bu_code is not null or dated_entries.entry_type = 'issue'
            then 'UNKNOWN'
    end as issue_bu_code,
    case
        when redeemers.bu_code is not null then redeemers.bu_code
        when
            dated_entries.redeem_bu_code is not null
            or dated_entries.entry_type in ('redeem', 'reverse_redeem')
            then 'UNKNOWN'
    end as redeem_bu_code,
    dated_entries.main_receive_payment_id as receive_main_id,
    dated_entries.source_koin_id,
    dated_entries.entry_ts,
    dated_entries.entry_date,
    dates.week_start,
    dated_entries.expires_on,
    dated_entries.entry_date < {{ cohesive_go_live_date() }} as is_pre_cohesive
from dated_entries
left join dates
    on dated_entries.entry_date = dates.date_day
left join business_units as issuers
    on dated_entries.issue_bu_code = issuers.bu_code
left join business_units as redeemers
    on dated_entries.redeem_bu_code = redeemers.bu_code
left join member_tiers
    on
        dated_entries.cust_id = member_tiers.cust_id
        and dated_entries.entry_date >= member_tiers.valid_from
        and dated_entries.entry_date < member_tiers.valid_to
