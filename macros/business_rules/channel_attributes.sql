{#-
    The attributes that a channel can require, by their name in the seed channels, with the column of
    member_contacts that holds a usable value.

    Arguments: none. Result: a mapping.
    Example: {% for attribute, column in channel_attributes().items() %} ... {% endfor %}
-#}
{%- macro channel_attributes() -%}
    {{ return({
        'rrr_id': 'rrr_id',
        'odi_id': 'odi_id',
        'stamps_user_id': 'stamps_user_id',
        'full_name': 'full_name',
        'email': 'email',
        'phone': 'wa_phone',
    }) }}
{%- endmacro -%}
