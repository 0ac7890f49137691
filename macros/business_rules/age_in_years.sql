{#-
    Age on a date, in completed years. Who was born on 29 February grows older on 1 March of a year
    without that day.

    Arguments: birth_date, on_date - date expressions.
    Result: integer; null when the birth date is null or after the date.
    Example: born 2020-03-15: on 2025-03-14 -> 4, on 2025-03-15 -> 5
-#}
{%- macro age_in_years(birth_date, on_date) -%}
    case
        when {{ birth_date }} <= {{ on_date }}
            then cast(
                extract(year from {{ on_date }}) - extract(year from {{ birth_date }})
                - case
                    when
                        extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }})
                        < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
                        then 1
                    else 0
                end as integer
            )
    end
{%- endmacro -%}
