{#-
    Score 1 to 5 of a value against four cut points: 1 + the number of cut points strictly below it, or
    strictly above it where a low value is good. Equal values get equal scores.

    Arguments: value - a numeric expression; cut_prefix - the cut points' columns without their number
        1 to 4, ascending; high_is_good - false for recency.
    Result: integer 1 to 5; 1 when the value is null.
    Example: value 7 with cut points 2, 4, 6, 8 -> 4; with high_is_good=false -> 2
-#}
{%- macro quantile_score(value, cut_prefix, high_is_good=true) -%}
    (1
    {%- for number in range(1, 5) %}
        + case when {{ cut_prefix }}{{ number }} {{ '<' if high_is_good else '>' }} {{ value }} then 1 else 0 end
    {%- endfor -%}
    )
{%- endmacro -%}
