{#-
    Fails where a weekly spine has a gap: within each partition every row is seven days after the one
    before. Week over week reads the row before, so a gap would compare with the wrong week.

    Arguments: model; column_name - the column with the week's Monday; partition_by - list of the columns
        that, with the week, are the grain.
    Result: the rows that follow a gap (or repeat a week), with the week before.
-#}
{% test no_missing_week(model, column_name, partition_by) %}

with ordered as (
    select
        {{ partition_by | join(', ') }},
        {{ column_name }},
        {{ week_over_week_previous(column_name, partition_by, week=column_name) }} as previous_week
    from {{ model }}
)

select
    {{ partition_by | join(', ') }},
    {{ column_name }},
    previous_week
from ordered
where previous_week is not null and {{ date_diff_days('previous_week', column_name) }} <> 7

{% endtest %}
