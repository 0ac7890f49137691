{#-
    Join condition that gives every member exactly one tier, the one that the spend of L12M would earn.
    A member without spend, or with more returned than bought, earns the lowest tier.

    Arguments: spend - a money expression; tiers - alias of rows with the columns min_l12m_spend and
        next_min_l12m_spend (that of the tier above; null for the highest), the lowest starting at 0.
    Result: a boolean condition.
    Example: left join tiers on {{ tier_for_spend_join('members.l12m_spend', 'tiers') }}
-#}
{%- macro tier_for_spend_join(spend, tiers) -%}
    (
        greatest(coalesce({{ spend }}, 0), 0) >= {{ tiers }}.min_l12m_spend
        and ({{ tiers }}.next_min_l12m_spend is null or greatest(coalesce({{ spend }}, 0), 0) < {{ tiers }}.next_min_l12m_spend)
    )
{%- endmacro -%}
