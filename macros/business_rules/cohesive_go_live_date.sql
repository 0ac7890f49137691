{#
    The first business date in Cohesive, as a date expression (variable `cohesive_go_live_date`).
    Earlier rows are kept in the facts as pre-Cohesive, and stay out of every report.

    Example: {{ cohesive_go_live_date() }} gives cast('2023-10-16' as date)
#}
{% macro cohesive_go_live_date() -%}
    cast('{{ var("cohesive_go_live_date") }}' as date)
{%- endmacro %}
