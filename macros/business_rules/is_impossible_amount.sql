{#-
    Whether rupiah or koin are more than anything could cost: a card number in place of a price, or no number at
    all (PostgreSQL's NaN is above every number). A handful of such rows would leave no room for the sum, which holds
    a hundred just below 10^14. A barcode has 13 digits and passes.

    Arguments: expr - an amount, or a quantity.
    Result: condition; null for null.
    Example: {{ is_impossible_amount('4111111111111111') }} -> true; {{ is_impossible_amount('8991234567890') }} -> false
-#}
{%- macro is_impossible_amount(expr) -%}
    abs({{ expr }}) >= 100000000000000
{%- endmacro -%}
