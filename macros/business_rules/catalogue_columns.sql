{#-
    The columns of a request that name stores, and those that name products: what data of another time, or of
    other stores, may not know.

    Arguments: none. Result: a mapping of two lists of column names.
    Example: catalogue_columns().stores -> ['transacted_site', 'preferred_site', 'preferred_city']
-#}
{%- macro catalogue_columns() -%}
    {{ return({
        'stores': ['transacted_site', 'preferred_site', 'preferred_city'],
        'products': ['bought_category', 'bought_brand', 'bought_sku', 'propensity_category'],
    }) }}
{%- endmacro -%}
