{#
    Project variables go into SQL as they are, so they are looked at before anything is built: dates are
    dates, numbers are numbers, names are those of the project, and what the command line gives
    (`--vars`) holds nothing but letters, digits and plain signs.

    Arguments: contract - the source tables; problems - a list, to which a line is added for each.
    Example of a line: variable winback_days: "180) or (1=1" is no number
#}
{% macro find_unfit_variables(contract, problems) %}
    {% set dates = ['as_of_date', 'cohesive_go_live_date', 'calendar_starts_on', 'calendar_ends_on',
        'freshness_checked_on'] %}
    {% set may_be_empty = ['as_of_date', 'freshness_checked_on'] %}
    {% set number_form = '[0-9]{1,9}([.][0-9]{1,6})?' %}
    {% for name in dates %}
        {% set value = var(name) | string %}
        {% if not is_iso_date(value) and not (name in may_be_empty and value == '') %}
            {% do problems.append('variable ' ~ name ~ ': "' ~ value ~ '" is no date (YYYY-MM-DD)') %}
        {% endif %}
    {% endfor %}
    {% for name in number_variables() %}
        {% if not modules.re.fullmatch(number_form, var(name) | string) %}
            {% do problems.append('variable ' ~ name ~ ': "' ~ var(name) ~ '" is no number') %}
        {% endif %}
    {% endfor %}
    {% set tables = contract | map(attribute='name') | list %}
    {% for name, days in var('stale_after_days').items() %}
        {% if name not in tables %}
            {% do problems.append('variable stale_after_days: "' ~ name ~ '" is no raw table') %}
        {% elif not modules.re.fullmatch('[0-9]{1,9}', days | string) %}
            {% do problems.append('variable stale_after_days: "' ~ days ~ '" is no number of days') %}
        {% endif %}
    {% endfor %}
    {% for name in var('volume_alarm_exempt_tables') if name not in tables %}
        {% do problems.append('variable volume_alarm_exempt_tables: "' ~ name ~ '" is no raw table') %}
    {% endfor %}
    {% set alarms = ['stale_load', 'empty_load', 'unusual_volume', 'rejects', 'unknowns'] %}
    {% for name in var('alarm_severities') if name not in alarms %}
        {% do problems.append('variable alarm_severities: "' ~ name ~ '" is no alarm') %}
    {% endfor %}
    {% if var('volume_history_loads') | int < 1 %}
        {% do problems.append('variable volume_history_loads: there is no load before without at least 1') %}
    {% endif %}
    {% for name, value in (invocation_args_dict.get('vars') or {}).items()
        if name not in dates + number_variables() %}
        {% for text in texts_in(value) if not modules.re.fullmatch('[A-Za-z0-9_.:/ -]*', text) %}
            {% do problems.append('variable ' ~ name ~ ': "' ~ text ~ '" holds signs that no value has') %}
        {% endfor %}
    {% endfor %}
{% endmacro %}


{# The texts of a variable's value: itself, those of a list, the keys and values of a mapping. #}
{% macro texts_in(value) %}
    {% if value is mapping %}
        {{ return((value.keys() | list + value.values() | list) | map('string') | list) }}
    {% elif value is iterable and value is not string %}
        {{ return(value | map('string') | list) }}
    {% endif %}
    {{ return([value | string]) }}
{% endmacro %}


{# The variables that are numbers. #}
{% macro number_variables() %}
    {{ return([
        'lifecycle_new_days', 'lifecycle_reactivation_gap_days', 'lifecycle_active_days',
        'lifecycle_at_risk_days', 'winback_days', 'winback_median_gaps', 'value_heavy_percent',
        'value_medium_percent', 'frequent_buyer_days', 'seasonal_months', 'seasonal_min_trips',
        'seasonal_min_occurrences', 'seasonal_min_lift', 'affinity_prior_receipts',
        'koin_expiring_soon_days', 'email_engagement_days', 'audience_usable_hours',
        'audience_max_levels', 'propensity_horizon_days', 'propensity_min_buyers',
        'volume_history_loads', 'volume_alarm_factor', 'reject_alarm_percent',
        'unknown_alarm_percent', 'unknown_recent_days', 'alarm_min_rows', 'site_movement_days',
        'relocation_days', 'relocation_min_percent', 'uplift_min_members', 'uplift_min_buyers',
        'uplift_min_stores',
    ]) }}
{% endmacro %}
