{#-
    Whether a member can be e-mailed, or the first reason why not:
    erased, no_address, invalid_address, no_opt_in (null is no), unsubscribed (after the opt-in), hard_bounce
    (since the address was last updated), reachable.

    Arguments: is_erased - boolean; clean_email - result of clean_text; valid_email - result of
        valid_email_or_null; opt_in, opt_in_at - the e-mail opt-in; unsubscribed_at, hard_bounced_at - the
        latest such e-mail event; address_updated_at - when the address was last changed, null = not
        known, then any hard bounce counts.
    Result: text, never null.
    Example: valid address, opted in 2025-01-01, hard bounce 2025-02-01, address since 2024 -> 'hard_bounce'
-#}
{%- macro email_reachability(
    is_erased, clean_email, valid_email, opt_in, opt_in_at, unsubscribed_at, hard_bounced_at, address_updated_at
) -%}
    case
        when {{ is_erased }} then 'erased'
        when {{ clean_email }} is null then 'no_address'
        when {{ valid_email }} is null then 'invalid_address'
        when not coalesce({{ opt_in }}, false) then 'no_opt_in'
        when not {{ is_opted_in(opt_in, opt_in_at, unsubscribed_at) }} then 'unsubscribed'
        when {{ is_hard_bounced(hard_bounced_at, address_updated_at) }} then 'hard_bounce'
        else 'reachable'
    end
{%- endmacro -%}
