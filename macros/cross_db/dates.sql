{#-
    A date some days later or earlier.

    dbt.dateadd gives a timestamp on both engines; a date stays a date here.

    Arguments: date - a date expression; days - a whole-number expression, may be negative.
    Result: date; null when either is null.
    Example: {{ date_add_days("cast('2024-02-28' as date)", 2) }} -> 2024-03-01
-#}
{%- macro date_add_days(date, days) -%}
    cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro -%}

{#-
    Whole days from one date to another.

    dbt.datediff gives a bigint on DuckDB and an integer on PostgreSQL.

    Arguments: from_date, to_date - date expressions.
    Result: integer, negative when to_date is earlier; null when either is null.
    Example: {{ date_diff_days("cast('2024-02-28' as date)", "cast('2024-03-01' as date)") }} -> 2
-#}
{%- macro date_diff_days(from_date, to_date) -%}
    cast({{ dbt.datediff(from_date, to_date, 'day') }} as integer)
{%- endmacro -%}

{#-
    First day of the date's month.

    Arguments: date - a date expression. Result: date; null stays null.
    Example: {{ first_day_of_month("cast('2024-02-11' as date)") }} -> 2024-02-01
-#}
{%- macro first_day_of_month(date) -%}
    cast({{ dbt.date_trunc('month', date) }} as date)
{%- endmacro -%}

{#-
    Last day of the date's month.

    Arguments: date - a date expression. Result: date; null stays null.
    Example: {{ last_day_of_month("cast('2024-02-11' as date)") }} -> 2024-02-29
-#}
{%- macro last_day_of_month(date) -%}
    cast({{ dbt.last_day(date, 'month') }} as date)
{%- endmacro -%}

{#-
    First day of the month some months after the date's month. First days only: the 31st has no
    counterpart in most months, and engines differ on what to do then.

    Arguments: date - a date expression; months - a whole-number expression, may be negative.
    Result: date; null when either is null.
    Example: {{ add_months("cast('2024-03-31' as date)", -1) }} -> 2024-02-01
-#}
{%- macro add_months(date, months) -%}
    cast({{ dbt.dateadd('month', months, first_day_of_month(date)) }} as date)
{%- endmacro -%}

{#-
    Monday of the date's week (Monday to Sunday). For the calendar only: models take weeks from
    dim_dates.

    Arguments: date - a date expression. Result: date; null stays null.
    Example: {{ monday_of("cast('2024-11-03' as date)") }} -> 2024-10-28
-#}
{%- macro monday_of(date) -%}
    cast({{ dbt.date_trunc('week', date) }} as date)
{%- endmacro -%}

{#-
    Day of the week, Monday 1 to Sunday 7. Counted from the Monday, because the date part for it has
    another name on every engine.

    Arguments: date - a date expression. Result: integer; null stays null.
    Example: {{ iso_weekday("cast('2024-11-03' as date)") }} -> 7
-#}
{%- macro iso_weekday(date) -%}
    ({{ date_diff_days(monday_of(date), date) }} + 1)
{%- endmacro -%}

{#-
    A time some hours later.

    Arguments: moment - a timestamp expression; hours - a whole-number expression, may be negative.
    Result: timestamp; null when either is null.
    Example: {{ add_hours("cast('2024-02-28 10:00:00' as timestamp)", 72) }} -> 2024-03-02 10:00:00
-#}
{%- macro add_hours(moment, hours) -%}
    cast({{ dbt.dateadd('hour', hours, moment) }} as timestamp)
{%- endmacro -%}
