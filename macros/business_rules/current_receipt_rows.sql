{#
    Lines or payments of the newest version of their receipt: a corrected receipt is sent again whole, so
    what its newest version dropped is gone. Rows of a version whose receipt has not arrived yet wait; where
    the receipt never arrived, the newest version is that of the rows that did.
    Emits the CTEs `orphan_versions` and `current_rows`.

    Arguments: relation - a CTE with receive_main_id and receipt_updated_at; receipts - a CTE with the kept
    receipts' receive_main_id and updated_at; columns - all columns to keep.
    Result: CTE `current_rows` with `columns`; repeated rows are still in it.
    Example: {{ mark_repeated('usable', key, columns) }},
             {{ current_receipt_rows('marked_rows', 'receipts', columns + ['is_repeated']) }},
             {{ newest_marked('current_rows', key, ['_loaded_at'], columns) }}
#}
{% macro current_receipt_rows(relation, receipts, columns) %}
orphan_versions as (
    select
        {{ relation }}.receive_main_id,
        max({{ relation }}.receipt_updated_at) as updated_at
    from {{ relation }}
    left join {{ receipts }}
        on {{ relation }}.receive_main_id = {{ receipts }}.receive_main_id
    where {{ receipts }}.receive_main_id is null
    group by {{ relation }}.receive_main_id
),

current_rows {{ as_inlined() }} (
    select
        {% for column in columns -%}
        {{ relation }}.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }}
    left join {{ receipts }}
        on {{ relation }}.receive_main_id = {{ receipts }}.receive_main_id
    left join orphan_versions
        on {{ relation }}.receive_main_id = orphan_versions.receive_main_id
    where
        {{ relation }}.receipt_updated_at
        = coalesce({{ receipts }}.updated_at, orphan_versions.updated_at)
)
{%- endmacro %}
