{#-
    Whether a member's opt-in for a channel stands: given (null is no), and no unsubscribe after it. An
    unsubscribe takes back an opt-in whose time is not known.

    Arguments: opt_in - boolean; opt_in_at - timestamp of the opt-in; unsubscribed_at - the latest
        unsubscribe of that channel.
    Result: boolean, never null.
    Example: opted in 2025-01-01, unsubscribed 2025-03-01 -> false; opted in again 2025-04-01 -> true
-#}
{%- macro is_opted_in(opt_in, opt_in_at, unsubscribed_at) -%}
    (
        coalesce({{ opt_in }}, false)
        and ({{ unsubscribed_at }} is null or coalesce({{ unsubscribed_at }} <= {{ opt_in_at }}, false))
    )
{%- endmacro -%}
