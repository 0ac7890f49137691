{#-
    The periods that a member's history is told in, as they end the names of columns.

    Arguments: none. Result: a list of names.
    Example: {% for period in history_periods() %} transaction_count_{{ period }} {% endfor %}
-#}
{%- macro history_periods() -%}
    {{ return(['since_cohesive', 'l12m', 'l1y']) }}
{%- endmacro -%}
