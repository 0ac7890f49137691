{#-
    A measure's value in the week before. Rows must be a spine of weeks without gaps in each partition,
    so that a week in which nothing happened is a 0 and not skipped.

    Arguments: measure - an expression; partition_by - list of columns that, with the week, are the grain;
        week - the column that orders the weeks.
    Result: the measure's type; null in the first week.
    Example: {{ week_over_week_previous('net_sales', ['bu_code', 'tier_code']) }} as net_sales_previous
-#}
{%- macro week_over_week_previous(measure, partition_by, week='week_start') -%}
    lag({{ measure }}) over (partition by {{ partition_by | join(', ') }} order by {{ week }})
{%- endmacro -%}
