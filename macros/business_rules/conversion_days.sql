{#-
    Days after the last message of a campaign in which a purchase is a conversion: 7 where the list of
    campaigns does not say.

    Arguments: days - the list's integer.
    Result: integer.
    Example: 14 -> 14; null -> 7
-#}
{%- macro conversion_days(days) -%}
    coalesce({{ days }}, 7)
{%- endmacro -%}
