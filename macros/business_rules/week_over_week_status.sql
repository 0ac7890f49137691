{#-
    What the change against the week before says, first that applies:
    incomplete     this week, or the one before it, is not complete
    first_week     there is no week before
    not_meaningful the value of either week is null, or the previous one is below 0
    flat_zero      0 and 0
    new            0 before, something now
    stopped        something before, 0 now (change is -1)
    ok             the change is a number

    Arguments: as week_over_week.
    Result: text, never null.
    Example: measure 5, previous 0, both weeks complete -> 'new'
-#}
{%- macro week_over_week_status(measure, previous, is_complete_week, previous_is_complete_week, is_first_week) -%}
    case
        when not coalesce({{ is_complete_week }}, false) then 'incomplete'
        when {{ is_first_week }} then 'first_week'
        when not coalesce({{ previous_is_complete_week }}, false) then 'incomplete'
        when {{ previous }} is null or {{ previous }} < 0 or {{ measure }} is null then 'not_meaningful'
        when {{ previous }} = 0 and {{ measure }} = 0 then 'flat_zero'
        when {{ previous }} = 0 then 'new'
        when {{ measure }} = 0 then 'stopped'
        else 'ok'
    end
{%- endmacro -%}
