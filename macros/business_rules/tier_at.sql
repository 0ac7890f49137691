{#-
    Tier at the date of an event: of the history, outside it the member's current one, else UNKNOWN.

    Arguments: history_tier_code - tier of the history row that covers the date, null when none does;
        current_tier_code - the member's tier now, null for an unknown member.
    Result: text, never null.
    Example: no history row, now GOLD -> 'GOLD'; neither -> 'UNKNOWN'
-#}
{%- macro tier_at(history_tier_code, current_tier_code) -%}
    coalesce({{ history_tier_code }}, {{ current_tier_code }}, 'UNKNOWN')
{%- endmacro -%}
