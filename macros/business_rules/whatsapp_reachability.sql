{#-
    Whether a member can be sent WhatsApp, or the first reason why not:
    erased, no_phone, the phone_status of a number that cannot be used (see wa_phone_steps), no_opt_in
    (null is no), unsubscribed (after the opt-in), hard_bounce (since the number was last updated),
    reachable.

    Arguments: is_erased - boolean; phone_status - of wa_phone_steps; opt_in, opt_in_at - the WhatsApp
        opt-in; unsubscribed_at, hard_bounced_at - the latest such WhatsApp event; phone_updated_at - when
        the number was last changed, null = not known, then any hard bounce counts.
    Result: text, never null.
    Example: phone_status 'fixed_line' -> 'fixed_line'; phone_status 'ok', opt_in null -> 'no_opt_in'
-#}
{%- macro whatsapp_reachability(is_erased, phone_status, opt_in, opt_in_at, unsubscribed_at, hard_bounced_at, phone_updated_at) -%}
    case
        when {{ is_erased }} then 'erased'
        when coalesce({{ phone_status }}, 'missing') = 'missing' then 'no_phone'
        when {{ phone_status }} <> 'ok' then {{ phone_status }}
        when not coalesce({{ opt_in }}, false) then 'no_opt_in'
        when not {{ is_opted_in(opt_in, opt_in_at, unsubscribed_at) }} then 'unsubscribed'
        when {{ is_hard_bounced(hard_bounced_at, phone_updated_at) }} then 'hard_bounce'
        else 'reachable'
    end
{%- endmacro -%}
