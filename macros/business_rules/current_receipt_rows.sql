{#
    Lines or payments of the newest version of their receipt: a corrected receipt is sent again whole, so
    what its newest version dropped is gone. Rows of a version whose receipt has not arrived yet wait; where
    the receipt never arrived, the newest version is that of the rows that did.
    Emits the CTEs `placed_rows`, `orphan_versions` and `current_rows`.

    Arguments: relation - a CTE with receive_main_id and receipt_updated_at; receipts - a CTE with the kept
    receipts' receive_main_id and updated_at; columns - all columns to keep.
    Result: CTE `current_rows` with `columns`; repeated rows are still in it.
    Example: {{ current_receipt_rows('usable', 'receipts', columns) }}, then newest_version('current_rows', ...)
#}
{% macro current_receipt_rows(relation, receipts, columns) %}
placed_rows as (
    select
        {% for column in columns -%}
        {{ relation }}.{{ column }},
        {% endfor -%}
        {{ receipts }}.updated_at
    from {{ relation }}
    left join {{ receipts }}
        on {{ relation }}.receive_main_id = {{ receipts }}.receive_main_id
    where
        {{ receipts }}.updated_at is null
        or {{ receipts }}.updated_at = {{ relation }}.receipt_updated_at
),

orphan_versions as (
    select
        receive_main_id,
        max(receipt_updated_at) as updated_at
    from placed_rows
    where updated_at is null
    group by receive_main_id
),

current_rows {{ as_inlined() }} (
    select
        {% for column in columns -%}
        placed_rows.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from placed_rows
    left join orphan_versions
        on placed_rows.receive_main_id = orphan_versions.receive_main_id
    where
        orphan_versions.updated_at is null
        or orphan_versions.updated_at = placed_rows.receipt_updated_at
)
{%- endmacro %}
