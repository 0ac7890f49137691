{#
    The truth among the versions of a row (spec: rows arrive at least once): the newest, one a key.
    Emits the CTEs `version_counts`, `repeated_versions` and `newest_versions`; only keys that arrived
    more than once are sorted. Rows that are equal in key and in `latest` but differ elsewhere are told
    apart by the md5 of their text, so that every engine and every run takes the same one.

    Arguments: relation - a CTE; key - columns of the business key; latest - columns that say which
    version is newer, greatest first; columns - all columns to keep.
    Result: CTE `newest_versions` with `columns`, one row a key.
    Example: with usable as (...), {{ newest_version('usable', ['sku'], ['_loaded_at'], columns) }}
             select * from newest_versions
#}
{% macro newest_version(relation, key, latest, columns) %}
version_counts as (
    select
        {{ key | join(', ') }},
        count(*) as version_count
    from {{ relation }}
    group by {{ key | join(', ') }}
),

repeated_versions as (
    select
        {% for column in columns -%}
        versions.{{ column }},
        {% endfor -%}
        row_number() over (
            partition by {% for column in key %}versions.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
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
    inner join version_counts
        on
            {% for column in key -%}
            versions.{{ column }} = version_counts.{{ column }}
            and {% endfor -%}
            version_counts.version_count > 1
),

newest_versions as (
    select
        {% for column in columns -%}
        versions.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }} as versions
    inner join version_counts
        on
            {% for column in key -%}
            versions.{{ column }} = version_counts.{{ column }}
            and {% endfor -%}
            version_counts.version_count = 1
    union all
    select
        {% for column in columns -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from repeated_versions
    where version_rank = 1
)
{%- endmacro %}
