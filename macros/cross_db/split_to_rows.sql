{#-
    A join that gives one row for each part of a text that is a list.

    Engines differ in how text becomes an array, and in the words that unfold one.

    Arguments: expr - a text expression of a relation named before in `from`; separator - one plain
        character; alias - name of the unfolded relation; column - name of its column.
    Result: a cross join for use in `from`. Text '' and null give no row; parts may be ''.
    Example: from requests {{ split_to_rows('requests.tier', '|', 'tiers', 'tier_code') }}
        gives SILVER and GOLD for 'SILVER|GOLD'
-#}
{%- macro split_to_rows(expr, separator, alias, column) -%}
    {{ return(adapter.dispatch('split_to_rows', 'koin_loyalty')(expr, separator, alias, column)) }}
{%- endmacro -%}

{%- macro default__split_to_rows(expr, separator, alias, column) -%}
    cross join unnest(string_to_array(nullif({{ expr }}, ''), '{{ separator }}')) as {{ alias }} ({{ column }})
{%- endmacro -%}
