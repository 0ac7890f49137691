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
    ({{ date }} > cast('{{ dates.earlier }}' as date) and {{ date }} <= cast('{{ dates.later }}' as date))
{%- endmacro %}


{% macro is_in_as_of_weeks(date) -%}
    {%- set dates = as_of_dates() -%}
    (
        {{ date }} >= {{ monday_of(date_add_days("cast('" ~ dates.earlier ~ "' as date)", 1)) }}
        and {{ date }} <= {{ date_add_days(monday_of("cast('" ~ dates.later ~ "' as date)"), 6) }}
    )
{%- endmacro %}


{% macro left_with(date, starts_on) -%}
    {%- set dates = as_of_dates() -%}
    (
        {{ date }} >= {{ starts_on("cast('" ~ dates.earlier ~ "' as date)") }}
        and {{ date }} < {{ starts_on("cast('" ~ dates.later ~ "' as date)") }}
    )
{%- endmacro %}


{#
    How the as-of date moved since the last published run. Result: a mapping with the two dates as text
    (earlier, later), and whether they lie in different months or their morrows do (is_other_month), whether
    this one is the earlier (is_backward), whether the first receipt is of another day (is_other_begin).
#}
{% macro as_of_dates() %}
    {% if not is_incremental_run() %}
        {{ return({'earlier': '9999-12-31', 'later': '9999-12-31'}) }}
    {% endif %}
    {% set found = run_query(
        'select cast(least(basis.as_of_date, run.as_of_date) as varchar),'
        ~ ' cast(greatest(basis.as_of_date, run.as_of_date) as varchar),'
        ~ ' ' ~ first_day_of_month(date_add_days('basis.as_of_date', 1))
        ~ ' <> ' ~ first_day_of_month(date_add_days('run.as_of_date', 1))
        ~ ' or ' ~ first_day_of_month('basis.as_of_date') ~ ' <> ' ~ first_day_of_month('run.as_of_date') ~ ','
        ~ ' run.as_of_date < basis.as_of_date,'
        ~ ' basis.first_receipt_date is distinct from run.first_receipt_date'
        ~ ' from ' ~ basis_relation() ~ ' as basis cross join ' ~ ref('int_run__as_of') ~ ' as run'
    )[0] %}
    {{ return({
        'earlier': found[0],
        'later': found[1],
        'is_other_month': found[2],
        'is_backward': found[3],
        'is_other_begin': found[4],
    }) }}
{% endmacro %}
