{#-
    Days before which koin count as due: overdue (-1, the day after their expiry), and within 30, 60, 90 days.

    Arguments: none. Result: a list of whole numbers.
    Example: a lot that expires on 2025-11-30 is due within 30 days from 2025-10-31 on, overdue from 2025-12-01
-#}
{%- macro koin_due_horizons() -%}
    {{ return([-1, 30, 60, 90]) }}
{%- endmacro -%}
