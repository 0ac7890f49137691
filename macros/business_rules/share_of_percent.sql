{#-
    A percentage as a share: 10 is 0.1. A value strictly between 0 and 1 already is a share, as some
    people write it.

    Arguments: percent - a numeric(9,6) expression with up to 4 decimals.
    Result: numeric(9,6); null stays null.
    Example: 10 -> 0.1; 0.1 -> 0.1; 1 -> 0.01
-#}
{%- macro share_of_percent(percent) -%}
    cast(
        case
            when {{ percent }} > 0 and {{ percent }} < 1 then {{ percent }}
            else {{ percent }} * 0.01
        end as numeric(9, 6)
    )
{%- endmacro -%}
