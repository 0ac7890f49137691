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


{#-
    Whether a member has an attribute that a channel requires. E-mails and numbers of member_contacts are usable
    ones already.

    Arguments: attribute - its name in channel_attributes; column - a column expression with its value.
    Result: boolean, never null.
    Example: {{ is_usable_attribute('email', 'contacts.email') }} -> contacts.email is not null
-#}
{%- macro is_usable_attribute(attribute, column) -%}
    {{ is_usable_id(column) if attribute.endswith('_id') else '(' ~ column ~ ' is not null)' }}
{%- endmacro -%}
