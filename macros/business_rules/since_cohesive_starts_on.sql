{#-
    First day of the period since_cohesive: the go-live date of the transaction database.

    Arguments: none; reads the project variable cohesive_go_live_date.
    Result: date.
    Example: with the default variable -> 2023-10-16
-#}
{%- macro since_cohesive_starts_on() -%}
    cast('{{ var("cohesive_go_live_date") }}' as date)
{%- endmacro -%}
