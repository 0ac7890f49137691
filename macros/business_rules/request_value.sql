{#-
    A cell of the seed segment_requests as its type. Text that is no such value gives null and never an
    error: int_requests__violations names it.

    Arguments: cell - the result of request_cell; kind - the column's kind, see request_columns.
    Result: date for `date`; integer for `count`; bigint for `amount`; numeric(9,6) for `percent`;
        boolean for `flag` and `mark`, never null; text, as it is, for every other kind. Null stays null.
    Example: {{ request_value("'9.900'", 'amount') }} -> null; {{ request_value("'9900'", 'amount') }} -> 9900
-#}
{%- macro request_value(cell, kind) -%}
    {%- set data_types = {
        'date': 'date', 'count': 'integer', 'amount': 'bigint', 'percent': 'numeric(9, 6)',
    } -%}
    {%- if kind in ('flag', 'mark') -%}
        coalesce({{ cell }} = 'yes', false)
    {%- elif kind in data_types -%}
        {#- The case stands inside the cast: an engine may cast before it looks at the condition. -#}
        cast(case when {{ is_request_value(cell, kind) }} then {{ cell }} end as {{ data_types[kind] }})
    {%- else -%}
        {{ cell }}
    {%- endif -%}
{%- endmacro -%}

{#-
    Whether a cell of the seed segment_requests is a value of its kind. Digits alone make a number: a
    dot or a comma could be meant as a thousands separator. A percentage may have a decimal point. Dates
    are real days of 2000 to 2099.

    Arguments: cell - the result of request_cell; kind - the column's kind, see request_columns.
    Result: boolean; true for the kinds that take any text, else null for null.
    Example: {{ is_request_value("'2025-02-29'", 'date') }} -> false
-#}
{%- macro is_request_value(cell, kind) -%}
    {%- set day = '20[0-9][0-9]-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])'
        ~ '|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))'
        ~ '|20([02468][048]|[13579][26])-02-29' -%}
    {%- set patterns = {
        'date': day,
        'count': '[0-9]{1,5}',
        'amount': '[0-9]{1,15}',
        'percent': '[0-9]{1,2}([.][0-9]{1,4})?|100([.]0{1,4})?',
        'flag': 'yes|no',
        'mark': 'yes',
        'period': 'L12M|L1Y|since_cohesive|ever|(' ~ day ~ ')[.][.](' ~ day ~ ')',
        'floors': '[0-9]{1,15}|[A-Z_]+:[0-9]{1,15}([|][A-Z_]+:[0-9]{1,15})*',
    } -%}
    {%- if kind in patterns -%}
        {{ regexp_full_match(cell, patterns[kind]) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro -%}
