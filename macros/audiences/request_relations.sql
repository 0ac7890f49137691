{#
    How two requests for audiences touch each other. Which goes first is said once, in request_order; the others
    take two relations with the columns channel, send_starts_on, send_ends_on, exclusivity, stamps_channel,
    frequency_cap_days and capacity_group, whatever their order.

    request_order - a request's place: by priority, first day of sending, id; delivered ones before all others.
    is_competitor - they are sent in the same days, on one channel or on such as share with none: no member is in both.
    is_planned_message - the earlier is sent after the as-of date and counts to the frequency cap of the later.
    shares_capacity - they share the capacity of a day.

    Arguments: earlier, later - relations, of which the earlier goes first; as_of_date - a date expression;
        is_delivered - a boolean expression.
    Example: of EMAIL_BLAST from 2025-11-03 to 2025-11-05 and from 2025-11-05 on: competitors
#}
{% macro request_order(is_delivered='false') -%}
    cast(
        row_number() over (
            order by
                case when {{ is_delivered }} then 0 else 1 end,
                priority,
                send_starts_on,
                {{ text_order('request_id') }}
        ) as integer
    )
{%- endmacro %}


{% macro is_competitor(earlier, later) -%}
    (
        {{ earlier }}.send_starts_on <= {{ later }}.send_ends_on
        and {{ earlier }}.send_ends_on >= {{ later }}.send_starts_on
        and (
            {{ earlier }}.channel = {{ later }}.channel
            or {{ earlier }}.exclusivity = 'any'
            or {{ later }}.exclusivity = 'any'
        )
    )
{%- endmacro %}


{% macro is_planned_message(earlier, later, as_of_date) -%}
    coalesce(
        {{ earlier }}.stamps_channel = {{ later }}.stamps_channel
        and {{ earlier }}.send_starts_on < {{ later }}.send_starts_on
        and {{ earlier }}.send_starts_on
        >= {{ date_add_days(later ~ '.send_starts_on', '-' ~ later ~ '.frequency_cap_days') }}
        and {{ earlier }}.send_starts_on > {{ as_of_date }},
        false
    )
{%- endmacro %}


{% macro shares_capacity(earlier, later) -%}
    coalesce(
        {{ earlier }}.capacity_group = {{ later }}.capacity_group
        and {{ earlier }}.send_starts_on = {{ later }}.send_starts_on,
        false
    )
{%- endmacro %}
