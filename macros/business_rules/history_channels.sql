{#-
    The channels that a member's history is told in: how the names of columns begin, and the condition on
    a receipt (with its column sales_channel).

    Arguments: none. Result: a mapping of prefix to condition; the empty prefix is every channel.
    Example: {% for prefix, condition in history_channels().items() %} {{ prefix }}net_sales {% endfor %}
-#}
{%- macro history_channels() -%}
    {{ return({
        '': 'true',
        'offline_': "sales_channel = 'offline'",
        'online_': "sales_channel = 'online'",
    }) }}
{%- endmacro -%}
