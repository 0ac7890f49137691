{#-
    Signed movement of a ledger entry on the member's balance: issue and reverse_redeem add, redeem,
    expire and reverse_issue take, adjust carries its own sign.

    Arguments: entry_type - a clean entry type; koin - the entry's koin (not negative but on adjust).
    Result: bigint; null for any other entry type.
    Example: {{ koin_movement("'redeem'", '500') }} -> -500
-#}
{%- macro koin_movement(entry_type, koin) -%}
    case
        when {{ entry_type }} in ('issue', 'reverse_redeem', 'adjust') then cast({{ koin }} as bigint)
        when {{ entry_type }} in ('redeem', 'expire', 'reverse_issue') then -cast({{ koin }} as bigint)
    end
{%- endmacro -%}
