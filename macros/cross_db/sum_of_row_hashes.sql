{#
    A number that changes when any row of a group does, whatever the order of rows: what a load is told by.

    Engines differ: each has its own fast hash. Values are compared with those of the same engine alone.

    Arguments: cells - expressions on a row. Result: an aggregate, as text.
    Example: select {{ sum_of_row_hashes(['sku', 'qty']) }} from receipt_lines
#}
{% macro sum_of_row_hashes(cells) %}
    {{ return(adapter.dispatch('sum_of_row_hashes', 'koin_loyalty')(cells)) }}
{% endmacro %}

{% macro default__sum_of_row_hashes(cells) -%}
    cast(sum(cast(hashtextextended(cast(row({{ cells | join(', ') }}) as text), 0) as numeric)) as varchar)
{%- endmacro %}

{% macro duckdb__sum_of_row_hashes(cells) -%}
    cast(sum(cast(hash({{ cells | join(', ') }}) as hugeint)) as varchar)
{%- endmacro %}
