{#-
    Change of a measure against what it is compared with, as a share of it; null where that is not
    positive: nothing grows by a share of nothing, or of net returns.

    Arguments: value, compared_with - numeric expressions.
    Result: numeric(28, 6).
    Example: {{ campaign_change_ratio('150', '100') }} -> 0.500000; (150, 0) -> null; (150, -10) -> null
-#}
{%- macro campaign_change_ratio(value, compared_with) -%}
    cast(case when {{ compared_with }} > 0 then {{ safe_divide(value ~ ' - ' ~ compared_with, compared_with) }} end as numeric(28, 6))
{%- endmacro -%}
