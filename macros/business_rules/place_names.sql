{#-
    Names that rows of store movements give to what is no store. A store that is delivered under such a code
    would be taken for it, so it is UNKNOWN there.

    Result: a list.
-#}
{%- macro place_names() -%}
    {{ return(['ALL', 'ONLINE', 'NOT_RETURNED', 'GROUP_ONLINE', 'REACTIVATED', 'NEW_TO_BU']) }}
{%- endmacro -%}

{#-
    Whether a place is none of a store. Arguments: place - a place or store code. Result: boolean.
    Example: {{ is_place_name("'ONLINE'") }} -> true
-#}
{%- macro is_place_name(place) -%}
    {{ place }} in ('{{ place_names() | join("', '") }}')
{%- endmacro -%}

{#-
    The store code as a place of a store movement. Arguments: site_code - a store code. Result: text.
    Example: 'A001' -> 'A001'; 'ALL' -> 'UNKNOWN'
-#}
{%- macro place_of_site(site_code) -%}
    case when {{ is_place_name(site_code) }} then 'UNKNOWN' else {{ site_code }} end
{%- endmacro -%}
