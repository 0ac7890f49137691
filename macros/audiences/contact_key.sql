{#-
    What is equal for members whom a channel reaches by the same address or number, without telling it:
    the kind of contact, and which of the members stands for it.

    Arguments: medium - a text expression, email or whatsapp; holder_id - a text expression, the cust_id of
        the member who stands for the contact.
    Result: text; null when one of them is null.
    Example: {{ contact_key("'email'", "'0000000012'") }} -> email 0000000012
-#}
{%- macro contact_key(medium, holder_id) -%}
    {{ medium }} || ' ' || {{ holder_id }}
{%- endmacro -%}
