{#-
    The lag step of a weekly mart, for week_over_week_columns to read: for each measure `m` the column
    m_previous, then previous_is_complete_week and week_number (1 = first week of the partition).

    Arguments: measures - list of column names; partition_by - list of columns that, with the week, are
        the grain; week - the column that orders the weeks. The input has the column is_complete_week and
        a row for every week.
    Result: columns for a select list, without a comma at the end.
    Example:
        with_previous as (
            select
                *,
                {{ previous_week_columns(['net_sales', 'qty'], ['bu_code']) }}
            from weekly
        )
-#}
{%- macro previous_week_columns(measures, partition_by, week='week_start') -%}
    {%- for measure in measures -%}
        {{ week_over_week_previous(measure, partition_by, week) }} as {{ measure }}_previous,
    {% endfor -%}
    {{ week_over_week_previous('is_complete_week', partition_by, week) }} as previous_is_complete_week,
    row_number() over (partition by {{ partition_by | join(', ') }} order by {{ week }}) as week_number
{%- endmacro -%}
