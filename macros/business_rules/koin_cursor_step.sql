{#-
    Koin by which a ledger entry moves the member's cursor along the axis of lots: redeem, expire,
    reverse_issue and adjust below 0 consume and move it on, reverse_redeem moves it back.
    koin_lot - koin_cursor_step = koin_movement.

    Arguments: entry_type - a clean entry type; koin - the entry's koin.
    Result: bigint; 0 for a lot.
    Example: {{ koin_cursor_step("'adjust'", '-500') }} -> 500; {{ koin_cursor_step("'reverse_redeem'", '500') }} -> -500
-#}
{%- macro koin_cursor_step(entry_type, koin) -%}
    cast(
        case
            when {{ entry_type }} in ('redeem', 'expire', 'reverse_issue') then {{ koin }}
            when {{ entry_type }} = 'reverse_redeem' then -{{ koin }}
            when {{ entry_type }} = 'adjust' and {{ koin }} < 0 then -{{ koin }}
            else 0
        end as bigint
    )
{%- endmacro -%}
