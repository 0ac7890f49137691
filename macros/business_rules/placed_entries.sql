{#-
    CTEs for tests of Koin In-Out and the flow matrix: placed_entries has a row a ledger entry that redeems koin or
    gives them back, net of what came back, where the reports must count it. A reversal that names no known business
    unit is where the redemption was that it undoes.

    Arguments: none; reads fct_koin_entries alone, so that it is independent of the attribution.
    Result: CTEs, without a comma at the end; placed_entries has entry_date, week_start, redeem_bu_code and koin.
-#}
{%- macro placed_entries() -%}
    koin_entries as (
        select * from {{ ref('fct_koin_entries') }}
        where
            entry_type in ('redeem', 'reverse_redeem')
            and koin <> 0
            and not is_pre_cohesive
    ),

    redemptions as (
        select
            koin_id,
            redeem_bu_code
        from koin_entries
        where entry_type = 'redeem'
    ),

    placed_entries as (
        select
            koin_entries.entry_date,
            koin_entries.week_start,
            -koin_entries.koin_movement as koin,
            case
                when
                    koin_entries.entry_type = 'reverse_redeem'
                    and koin_entries.redeem_bu_code = 'UNKNOWN'
                    and redemptions.koin_id is not null
                    then redemptions.redeem_bu_code
                else koin_entries.redeem_bu_code
            end as redeem_bu_code
        from koin_entries
        left join redemptions
            on koin_entries.source_koin_id = redemptions.koin_id
    )
{%- endmacro -%}
