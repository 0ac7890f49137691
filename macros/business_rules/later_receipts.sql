{#
    Receipts after the as-of date: their lines and payments are no facts yet, and no orphans either.

    Arguments: receipts - a CTE with all kept receipts; run - a CTE with the row of int_run__as_of.
    Result: CTE `later_receipts` with receive_main_id.
    Example: {{ later_receipts('delivered_receipts', 'run') }}
#}
{% macro later_receipts(receipts, run) %}
later_receipts as (
    select {{ receipts }}.receive_main_id
    from {{ receipts }}
    inner join {{ run }}
        on cast({{ receipts }}.trx_ts as date) > {{ run }}.as_of_date
)
{%- endmacro %}
