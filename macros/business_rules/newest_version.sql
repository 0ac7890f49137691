{#
    The truth among the versions of a row (spec: rows arrive at least once): the newest, one a key.
    Emits the CTEs `repeated_keys`, `repeated_versions` and `newest_versions`; only keys that arrived more
    than once are sorted. Rows that are equal in key and in `latest` but differ elsewhere are told apart by
    the md5 of their text, so that every engine and every run takes the same one.

    Arguments: relation - a CTE; key - columns of the business key; latest - columns that say which
    version is newer, greatest first; columns - all columns to keep.
    Result: CTE `newest_versions` with `columns`, one row a key.
    Example: with usable as (...), {{ newest_version('usable', ['sku'], ['_loaded_at'], columns) }}
             select * from newest_versions
#}
{% macro newest_version(relation, key, latest, columns) %}
repeated_keys as (
    select {{ key | join(', ') }}
    from {{ relation }}
    group by {{ key | join(', ') }}
    having count(*) > 1
),

repeated_versions as (
    select
        {% for column in columns -%}
        versions.{{ column }},
        {% endfor -%}
        row_number() over (
            partition by
                {%- for column in key %}
                versions.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            order by
                {% for column in latest -%}
                versions.{{ column }} desc nulls last,
                {% endfor -%}
                md5(
                    {%- for column in columns %}
                    coalesce(cast(versions.{{ column }} as varchar), ''){{ " || '|' ||" if not loop.last }}
                    {%- endfor %}
                ) desc nulls last
        ) as version_rank
    from {{ relation }} as versions
    inner join repeated_keys
        on
            {% for column in key -%}
            {{ 'and ' if not loop.first }}versions.{{ column }} = repeated_keys.{{ column }}
            {% endfor %}
),

newest_versions as (
    select
        {% for column in columns -%}
        versions.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }} as versions
    left join repeated_keys
        on
            {% for column in key -%}
            {{ 'and ' if not loop.first }}versions.{{ column }} = repeated_keys.{{ column }}
            {% endfor %}
    where repeated_keys.{{ key[0] }} is null
    union all
    select
        {% for column in columns -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from repeated_versions
    where version_rank = 1
)
{%- endmacro %}
