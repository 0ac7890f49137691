{#-
    Spend still missing to the next tier.

    Arguments: spend - a money expression; tiers - alias of the row found by tier_for_spend_join.
    Result: numeric(18,2), above 0; null in the highest tier.
    Example: spend 4,000,000 where GOLD starts at 10,000,000 -> 6000000.00
-#}
{%- macro spend_to_next_tier(spend, tiers) -%}
    cast({{ tiers }}.next_min_l12m_spend - coalesce({{ spend }}, 0) as numeric(18, 2))
{%- endmacro -%}
