{#-
    Tier of a raw spelling, from what the seed tier_aliases says for it.

    Arguments: alias_tier_code - tier_code of the alias found through spelling_key, null when none was.
    Result: SILVER, GOLD, PLATINUM or UNKNOWN, never null.
    Example: 'plt' -> alias PLATINUM -> 'PLATINUM'; 'diamond' -> no alias -> 'UNKNOWN'
-#}
{%- macro normalise_tier(alias_tier_code) -%}
    coalesce({{ alias_tier_code }}, 'UNKNOWN')
{%- endmacro -%}
