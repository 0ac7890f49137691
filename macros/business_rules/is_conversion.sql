{#-
    Whether a member's receipt answers a campaign: after the first message that reached the member, and on
    a day of the window that the last one opens.

    Arguments: windows - a relation with first_sent_ts and window_ends_on; receipts - one with trx_ts and
        business_date.
    Result: boolean; null when either is null.
    Example: sent 10:00, window to 2025-08-24: a receipt of 09:59 that day -> false, of 2025-08-24 -> true
-#}
{%- macro is_conversion(windows, receipts) -%}
    (
        {{ windows }}.first_sent_ts < {{ receipts }}.trx_ts
        and {{ windows }}.window_ends_on >= {{ receipts }}.business_date
    )
{%- endmacro -%}
