{#-
    Whether the member had activated the account by the as-of date.

    Arguments: activated_at - a timestamp expression; as_of_date - a date expression.
    Result: `activated` or `not_activated`, never null.
    Example: activated 2025-08-31 23:59, as-of 2025-08-31 -> 'activated'; activated a day later -> 'not_activated'
-#}
{%- macro activation_status(activated_at, as_of_date) -%}
    case when cast({{ activated_at }} as date) <= {{ as_of_date }} then 'activated' else 'not_activated' end
{%- endmacro -%}
