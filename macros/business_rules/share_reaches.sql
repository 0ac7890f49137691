{#-
    Whether a part is at least so many percent of the whole, and no fewer rows than an alarm needs
    (variable `alarm_min_rows`). Compared as products, without a division that could round.

    Arguments: part, whole - whole-number expressions; percent - a number.
    Result: boolean; null when the part or the whole is null.
    Example: {{ share_reaches('60', '1000', 5) }} -> true; 50 of 1001 -> false; 3 of 4 -> false
-#}
{%- macro share_reaches(part, whole, percent) -%}
    ({{ part }} >= {{ var('alarm_min_rows') }} and {{ part }} * 100 >= {{ whole }} * {{ percent }})
{%- endmacro -%}
