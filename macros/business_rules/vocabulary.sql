{#-
    The words that a raw column of a closed vocabulary may hold; any other is counted as unknown.

    Arguments: column - site_type, sales_channel or fulfilment. Result: a list.
-#}
{%- macro vocabulary(column) -%}
    {{ return({
        'site_type': ['independent', 'shop_in_shop', 'online'],
        'sales_channel': ['offline', 'online'],
        'fulfilment': ['in_store', 'delivery', 'click_and_collect'],
    }[column]) }}
{%- endmacro -%}

{#-
    Whether a clean word is one of its vocabulary.

    Arguments: word - a text expression; column - as above.
    Result: boolean, never null.
-#}
{%- macro is_in_vocabulary(word, column) -%}
    coalesce({{ word }} in ('{{ vocabulary(column) | join("', '") }}'), false)
{%- endmacro -%}
