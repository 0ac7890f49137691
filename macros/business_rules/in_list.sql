{#-
    Whether a value is one of a list as requests write it: values separated by `|`. No list is no
    restriction.

    Arguments: value - a text expression without `|`; values - a text expression, or null.
    Result: boolean; true when the list is null, else false for a null value.
    Example: {{ in_list("'GOLD'", "'GOLD|PLATINUM'") }} -> true; 'OLD' in it -> false
-#}
{%- macro in_list(value, values) -%}
    ({{ values }} is null or coalesce(strpos('|' || {{ values }} || '|', '|' || {{ value }} || '|') > 0, false))
{%- endmacro -%}
