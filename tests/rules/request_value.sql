{% set checked_kinds = [
    'date', 'count', 'amount', 'percent', 'flag', 'mark', 'period', 'floors',
] -%}
-- What is and what is no value of its kind; nothing stops the query, whatever the text.
with cases (cell, kind, is_value) as (
    values
    ('2024-02-29', 'date', true),
    ('2000-02-29', 'date', true),
    ('2025-02-29', 'date', false),
    ('2025-04-31', 'date', false),
    ('2025-12-31', 'date', true),
    ('2025-13-01', 'date', false),
    ('2025-00-10', 'date', false),
    ('1999-12-31', 'date', false),
    ('20250101', 'date', false),
    ('today', 'date', false),
    ('0', 'count', true),
    ('99999', 'count', true),
    ('100000', 'count', false),
    ('1.0', 'count', false),
    ('9900', 'amount', true),
    ('9.900', 'amount', false),
    ('9,900', 'amount', false),
    ('+1', 'amount', false),
    ('-1', 'amount', false),
    ('1e3', 'amount', false),
    ('999999999999999', 'amount', true),
    ('9999999999999999', 'amount', false),
    ('0.1', 'percent', true),
    ('10', 'percent', true),
    ('100', 'percent', true),
    ('100.1', 'percent', false),
    ('12,5', 'percent', false),
    ('.5', 'percent', false),
    ('yes', 'flag', true),
    ('no', 'flag', true),
    ('true', 'flag', false),
    ('no', 'mark', false),
    ('L12M', 'period', true),
    ('ever', 'period', true),
    ('2025-01-01..2025-01-31', 'period', true),
    ('2025-01-01..2025-02-30', 'period', false),
    ('2025-01-01', 'period', false),
    ('last year', 'period', false),
    ('9900', 'floors', true),
    ('SILVER:5000|GOLD:9900', 'floors', true),
    ('SILVER:5.000', 'floors', false),
    ('SILVER:5000|9900', 'floors', false),
    ('SILVER:5000|', 'floors', false),
    ('anything', 'name', true)
),

actuals as (
    select
        cell,
        kind,
        is_value,
        case kind
            {%- for kind in checked_kinds %}
                when '{{ kind }}' then {{ is_request_value('cell', kind) }}
            {%- endfor %}
            else {{ is_request_value('cell', 'name') }}
        end as actual,
        case kind
            {%- for kind in ['date', 'count', 'amount', 'percent'] %}
                when '{{ kind }}' then {{ request_value('cell', kind) }} is not null
            {%- endfor %}
        end as is_typed
    from cases
)

select
    cell,
    kind,
    is_value,
    actual,
    is_typed
from actuals
where actual is distinct from is_value or coalesce(is_typed, is_value) <> is_value
