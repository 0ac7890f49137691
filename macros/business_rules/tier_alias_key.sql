{#-
    Key of a raw tier spelling for the join to the seed tier_aliases.

    Arguments: raw_tier - a text expression.
    Result: lower case, trimmed, single-spaced text; null when nothing is left.
    Example: '  Gold  Member' -> 'gold member'
-#}
{%- macro tier_alias_key(raw_tier) -%}
    nullif({{ collapse_spaces(ascii_lower(raw_tier)) }}, '')
{%- endmacro -%}
