{#-
    A WhatsApp number that a person who knows it recognises and nobody else can call: its first four and
    last three digits. Six stars stand for the rest, whatever its length.

    Arguments: phone - a WhatsApp-ready number, digits only.
    Result: text; null for null, ****** for what is shorter than ten characters.
    Example: '6281234567890' -> '6281******890'; '628123' -> '******'
-#}
{%- macro mask_phone(phone) -%}
    case
        when length({{ phone }}) >= 10
            then substr({{ phone }}, 1, 4) || '******' || substr({{ phone }}, length({{ phone }}) - 2, 3)
        when {{ phone }} is not null then '******'
    end
{%- endmacro -%}
