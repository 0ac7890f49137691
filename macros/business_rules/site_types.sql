{#-
    The types of a store; any other is UNKNOWN, and counted.

    Arguments: none. Result: a list.
-#}
{%- macro site_types() -%}
    {{ return(['independent', 'shop_in_shop', 'online']) }}
{%- endmacro -%}

{#- Whether a clean word is one of them. Arguments: site_type - a text expression. Result: boolean; null of null. -#}
{%- macro is_site_type(site_type) -%}
    {{ site_type }} in ('{{ site_types() | join("', '") }}')
{%- endmacro -%}
