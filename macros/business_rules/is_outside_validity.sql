{#-
    Whether a voucher was redeemed outside its validity: after its last day, or before its issue.

    Arguments: vouchers - a relation with is_redeemed_after_expiry, redeemed_date and issued_date, as
        fct_vouchers has them.
    Result: boolean, never null; false when not redeemed.
    Example: issued 2025-05-05, redeemed 2025-05-04 -> true; redeemed on its last day -> false
-#}
{%- macro is_outside_validity(vouchers) -%}
    coalesce(
        {{ vouchers }}.is_redeemed_after_expiry or {{ vouchers }}.redeemed_date < {{ vouchers }}.issued_date, false
    )
{%- endmacro -%}
