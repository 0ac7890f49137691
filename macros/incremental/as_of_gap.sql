{#
    What follows from the as-of date moving between the last published run and this one. Conditions on a date
    expression, never true in a build from nothing; models that use them depend on int_run__as_of.

    is_in_as_of_gap - the date lies after the earlier, and not after the later, of the two as-of dates.
    is_in_as_of_weeks - it lies in a week that one of them knows and the other does not know whole.
    left_with - it is in a period that begins with the earlier as-of date, and before that of the later.
    Arguments: date - a date expression; starts_on - the macro that says when a period begins.
    Example: of the as-of dates 2025-11-02 and 2025-11-09, 2025-11-03 is in the gap, 2025-11-02 is not
#}
{% macro is_in_as_of_gap(date) -%}
    {%- set dates = as_of_dates() -%}
    ({{ date }} > cast('{{ dates[0] }}' as date) and {{ date }} <= cast('{{ dates[1] }}' as date))
{%- endmacro %}


{% macro is_in_as_of_weeks(date) -%}
    {%- set dates = as_of_dates() -%}
    (
        {{ date }} >= {{ monday_of(date_add_days("cast('" ~ dates[0] ~ "' as date)", 1)) }}
        and {{ date }} <= {{ date_add_days(monday_of("cast('" ~ dates[1] ~ "' as date)"), 6) }}
    )
{%- endmacro %}


{% macro left_with(date, starts_on) -%}
    {%- set dates = as_of_dates() -%}
    (
        {{ date }} >= {{ starts_on("cast('" ~ dates[0] ~ "' as date)") }}
        and {{ date }} < {{ starts_on("cast('" ~ dates[1] ~ "' as date)") }}
    )
{%- endmacro %}


{#
    The as-of dates of the last published run and this one, the earlier first, as text; whether they lie in
    different months, whether this one is the earlier, and whether the first receipt is of another day.
#}
{% macro as_of_dates() %}
    {% if not is_incremental_run() %}
        {{ return(['9999-12-31', '9999-12-31', false, false, false]) }}
    {% endif %}
    {{ return(run_query(
        'select cast(least(basis.as_of_date, run.as_of_date) as varchar),'
        ~ ' cast(greatest(basis.as_of_date, run.as_of_date) as varchar),'
        ~ ' ' ~ first_day_of_month(date_add_days('basis.as_of_date', 1))
        ~ ' <> ' ~ first_day_of_month(date_add_days('run.as_of_date', 1))
        ~ ' or ' ~ first_day_of_month('basis.as_of_date') ~ ' <> ' ~ first_day_of_month('run.as_of_date') ~ ','
        ~ ' run.as_of_date < basis.as_of_date,'
        ~ ' basis.first_receipt_date is distinct from run.first_receipt_date'
        ~ ' from ' ~ basis_relation() ~ ' as basis cross join ' ~ ref('int_run__as_of') ~ ' as run'
    )[0].values()) }}
{% endmacro %}
