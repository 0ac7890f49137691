{#-
    Whether a row of the tier history holds on a date: valid_from included, valid_to not. Where several
    rows hold, the caller takes the one with the latest valid_from.

    Arguments: event_date, valid_from, valid_to - date expressions; valid_to null = still open.
    Result: boolean; null when event_date or valid_from is null.
    Example: 2025-03-01 in [2025-01-01, 2025-03-01) -> false
-#}
{%- macro tier_period_covers(event_date, valid_from, valid_to) -%}
    {#- Comparisons without `or`: a left join on an `or` pairs every row with every row on DuckDB. -#}
    (
        {{ event_date }} >= {{ valid_from }}
        and {{ event_date }} < coalesce({{ valid_to }}, cast('9999-12-31' as date))
    )
{%- endmacro -%}
