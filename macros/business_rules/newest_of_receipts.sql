{#
    Lines or payments of the newest version of their receipt: a corrected receipt is sent again whole, so
    what its newest version dropped is gone. Rows of a version whose receipt has not arrived yet wait; where
    the receipt never arrived, the newest version is that of the rows that did. Of those rows, the newest of
    each key.

    Nearly every row is the only one of its key, and of the version that its receipt has. The others are
    found first, and looked at alone.

    Arguments: relation - a CTE with receive_main_id and receipt_updated_at; receipts - a CTE with the kept
    receipts' receive_main_id and updated_at; key - columns of the business key; columns - all columns to
    keep. Rows with one value of the key's first column are looked at together.
    Emits the CTEs `unsettled`, `unsettled_rows`, `orphan_versions`, `current_rows`, those of newest_version
    and `kept_rows`.
    Result: CTE `kept_rows` with `columns`, one row a key.
    Example: {{ newest_of_receipts('usable', 'receipts', ['receive_main_id', 'line_no'], columns) }}
             select * from kept_rows
#}
{% macro newest_of_receipts(relation, receipts, key, columns) %}
unsettled as (
    select {{ key[0] }}
    from {{ relation }}
    group by {{ key | join(', ') }}
    having count(*) > 1
    union
    select {{ relation }}.{{ key[0] }}
    from {{ relation }}
    left join {{ receipts }}
        on {{ relation }}.receive_main_id = {{ receipts }}.receive_main_id
    where
        {{ receipts }}.receive_main_id is null
        or {{ receipts }}.updated_at <> {{ relation }}.receipt_updated_at
),

unsettled_rows as (
    select * from {{ relation }}
    where {{ key[0] }} in (select {{ key[0] }} from unsettled)
),

orphan_versions as (
    select
        unsettled_rows.receive_main_id,
        max(unsettled_rows.receipt_updated_at) as updated_at
    from unsettled_rows
    left join {{ receipts }}
        on unsettled_rows.receive_main_id = {{ receipts }}.receive_main_id
    where {{ receipts }}.receive_main_id is null
    group by unsettled_rows.receive_main_id
),

current_rows as (
    select
        {% for column in columns -%}
        unsettled_rows.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from unsettled_rows
    left join {{ receipts }}
        on unsettled_rows.receive_main_id = {{ receipts }}.receive_main_id
    left join orphan_versions
        on unsettled_rows.receive_main_id = orphan_versions.receive_main_id
    where
        unsettled_rows.receipt_updated_at
        = coalesce({{ receipts }}.updated_at, orphan_versions.updated_at)
),

{{ newest_version('current_rows', key, ['_loaded_at'], columns) }},

kept_rows as (
    select
        {% for column in columns -%}
        {{ relation }}.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }}
    left join unsettled
        on {{ relation }}.{{ key[0] }} = unsettled.{{ key[0] }}
    where unsettled.{{ key[0] }} is null
    union all
    select
        {% for column in columns -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from newest_versions
)
{%- endmacro %}
