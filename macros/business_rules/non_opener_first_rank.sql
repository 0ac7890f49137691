{#-
    Place of an e-mail engagement in the order "non-openers first".

    Arguments: email_engagement - result of email_engagement.
    Result: integer: 1 non_opener, 2 unknown (and null), 3 opener.
    Example: {{ non_opener_first_rank("'opener'") }} -> 3
-#}
{%- macro non_opener_first_rank(email_engagement) -%}
    case {{ email_engagement }} when 'non_opener' then 1 when 'opener' then 3 else 2 end
{%- endmacro -%}
