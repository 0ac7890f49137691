{#-
    The three columns m_previous, m_wow, m_wow_status of each measure, for the last select of a weekly
    mart. One call a measure keeps them beside it; a call with several gives them one after another.

    Arguments: measures - a column name or a list of them; relation - name or alias of the CTE to read.
        The CTE has, for every measure m, the columns m and m_previous, and is_complete_week,
        previous_is_complete_week, week_number: what previous_week_columns adds.
    Result: columns for a select list, without a comma at the end.
    Example:
        select
            with_previous.net_sales,
            {{ week_over_week_columns('net_sales', 'with_previous') }},
            with_previous.qty,
            {{ week_over_week_columns('qty', 'with_previous') }}
        from with_previous
-#}
{%- macro week_over_week_columns(measures, relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for measure in ([measures] if measures is string else measures) -%}
        {%- set arguments = [
            prefix ~ measure,
            prefix ~ measure ~ '_previous',
            prefix ~ 'is_complete_week',
            prefix ~ 'previous_is_complete_week',
            prefix ~ 'week_number = 1',
        ] -%}
        {{ prefix }}{{ measure }}_previous,
    {{ week_over_week(*arguments) }} as {{ measure }}_wow,
    {{ week_over_week_status(*arguments) }} as {{ measure }}_wow_status
        {%- if not loop.last %},
    {% endif -%}
    {%- endfor -%}
{%- endmacro -%}
