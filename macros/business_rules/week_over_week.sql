{#-
    Change of a measure against the week before: (measure - previous) / previous, where that means
    something. The reason for a null is in week_over_week_status.

    Arguments: measure, previous - numeric expressions; is_complete_week, previous_is_complete_week,
        is_first_week - boolean expressions.
    Result: numeric(28,6); -1 when the measure fell to 0; null unless both weeks are complete, there is a
        previous week, and its value is above 0.
    Example: measure 120, previous 100, both weeks complete -> 0.200000
-#}
{%- macro week_over_week(measure, previous, is_complete_week, previous_is_complete_week, is_first_week) -%}
    case
        when {{ is_complete_week }} and not ({{ is_first_week }}) and {{ previous_is_complete_week }} and {{ previous }} > 0
            then {{ safe_divide(measure ~ ' - (' ~ previous ~ ')', previous) }}
    end
{%- endmacro -%}
