{#-
    Age on a date, in completed years. Who was born on 29 February grows older on 1 March of a year
    without that day. Nobody is older than 120: a birth date that says so is a mistake.

    Arguments: birth_date, on_date - date expressions.
    Result: integer; null when the birth date is null, after the date, or says an age above 120.
    Example: born 2020-03-15: on 2025-03-14 -> 4, on 2025-03-15 -> 5
-#}
{%- macro age_in_years(birth_date, on_date) -%}
    {%- set years -%}
        extract(year from {{ on_date }}) - extract(year from {{ birth_date }})
        - case
            when
                extract(month from {{ on_date }}) * 100 + extract(day from {{ on_date }})
                < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }})
                then 1
            else 0
        end
    {%- endset -%}
    case
        when {{ birth_date }} <= {{ on_date }} and {{ years }} <= 120
            then cast({{ years }} as integer)
    end
{%- endmacro -%}
