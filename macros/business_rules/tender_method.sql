{#-
    A payment method as the tables of payment methods name it. Whoever delivers a method with the name of a
    total (ALL) or of no payment at all would be counted in it: such a method is UNKNOWN.

    Arguments: payment_method - as in fct_receipt_payments.
    Result: text.
    Example: {{ tender_method("'ALL'") }} -> 'UNKNOWN'; {{ tender_method("'QRIS'") }} -> 'QRIS'
-#}
{%- macro tender_method(payment_method) -%}
    case when {{ payment_method }} in ('ALL', 'NO_PAYMENT') then 'UNKNOWN' else {{ payment_method }} end
{%- endmacro -%}
