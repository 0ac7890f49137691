{#-
    Whether the member had asked to be forgotten by the as-of date: sales history stays, but there is no
    attribute, no segment and no audience.

    Arguments: erased_at - a timestamp expression; as_of_date - a date expression.
    Result: boolean, never null.
    Example: erased 2025-09-01, as-of 2025-08-31 -> false
-#}
{%- macro is_erased(erased_at, as_of_date) -%}
    coalesce(cast({{ erased_at }} as date) <= {{ as_of_date }}, false)
{%- endmacro -%}
