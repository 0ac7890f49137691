{#-
    Koin that a ledger entry lays on the member's axis as a lot: issue, and adjust above 0.

    Arguments: entry_type - a clean entry type; koin - the entry's koin.
    Result: bigint, never negative; 0 for an entry that is no lot.
    Example: {{ koin_lot("'adjust'", '-500') }} -> 0
-#}
{%- macro koin_lot(entry_type, koin) -%}
    cast(
        case when {{ entry_type }} in ('issue', 'adjust') and {{ koin }} > 0 then {{ koin }} else 0 end as bigint
    )
{%- endmacro -%}
