{#-
    An e-mail address that a person who knows it recognises and nobody else can write to: the first
    character of the name and of the domain, and the last label. Three stars stand for the rest, whatever
    its length.

    Arguments: email - result of normalise_email.
    Result: text; null for null, *** for what is no address.
    Example: 'andi.w@dapur.example.com' -> 'a***@d***.com'; 'andi' -> '***'
-#}
{%- macro mask_email(email) -%}
    case
        when {{ email }} like '_%@_%._%'
            then
                substr({{ email }}, 1, 1)
                || '***@'
                || substr({{ email }}, strpos({{ email }}, '@') + 1, 1)
                || '***.'
                || split_part({{ email }}, '.', -1)
        when {{ email }} is not null then '***'
    end
{%- endmacro -%}
