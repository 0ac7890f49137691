{#
    The truth among the versions of a row (spec: rows arrive at least once): the newest, one a key.
    Emits the CTEs `repeated_keys`, `marked_rows`, `repeated_versions` and `newest_versions`; only keys that
    arrived more than once are sorted. Rows that are equal in key and in `latest` but differ elsewhere are
    told apart by the md5 of their text, so that every engine and every run takes the same one.

    Arguments: relation - a CTE; key - columns of the business key; latest - columns that say which
    version is newer, greatest first; columns - all columns to keep.
    Result: CTE `newest_versions` with `columns`, one row a key.
    Example: with usable as (...), {{ newest_version('usable', ['sku'], ['_loaded_at'], columns) }}
             select * from newest_versions
#}
{% macro newest_version(relation, key, latest, columns) %}
{{ mark_repeated(relation, key, columns) }},

{{ newest_marked('marked_rows', key, latest, columns) }}
{%- endmacro %}


{#
    First step of newest_version: which rows have a key that arrived more than once. Rows that are dropped
    between the steps need not be known here.

    Result: CTE `marked_rows` with `columns` and is_repeated.
#}
{% macro mark_repeated(relation, key, columns) %}
repeated_keys as (
    select {{ key | join(', ') }}
    from {{ relation }}
    group by {{ key | join(', ') }}
    having count(*) > 1
),

marked_rows {{ as_inlined() }} (
    select
        {% for column in columns -%}
        versions.{{ column }},
        {% endfor -%}
        repeated_keys.{{ key[0] }} is not null as is_repeated
    from {{ relation }} as versions
    left join repeated_keys
        on
            {% for column in key -%}
            {{ 'and ' if not loop.first }}versions.{{ column }} = repeated_keys.{{ column }}
            {% endfor %}
)
{%- endmacro %}


{# Second step of newest_version, on a CTE with `columns` and is_repeated. Result: CTE `newest_versions`. #}
{% macro newest_marked(relation, key, latest, columns) %}
repeated_versions as (
    select
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {% for column in latest -%}
                {{ column }} desc nulls last,
                {% endfor -%}
                md5(
                    {%- for column in columns %}
                    coalesce(cast({{ column }} as varchar), ''){{ " || '|' ||" if not loop.last }}
                    {%- endfor %}
                ) desc nulls last
        ) as version_rank
    from {{ relation }}
    where is_repeated
),

newest_versions as (
    select
        {% for column in columns -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }}
    where not is_repeated
    union all
    select
        {% for column in columns -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from repeated_versions
    where version_rank = 1
)
{%- endmacro %}
