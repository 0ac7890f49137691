{#-
    Raw text as an identifier, SKU or free text: white space off both ends, nothing left means null.

    Arguments: expr - a text expression.
    Result: text or null, never ''.
    Example: {{ clean_text("'  0012 '") }} -> '0012'; {{ clean_text("'  '") }} -> null
-#}
{%- macro clean_text(expr) -%}
    nullif({{ trim_white_space(expr) }}, '')
{%- endmacro -%}

{#-
    Raw text as a code (BU, site, payment method, bank, voucher, programme, campaign): clean_text in
    upper case.

    Arguments: expr - a text expression.
    Result: text or null, never ''.
    Example: {{ clean_code("' azko '") }} -> 'AZKO'
-#}
{%- macro clean_code(expr) -%}
    {{ clean_text(ascii_upper(expr)) }}
{%- endmacro -%}

{#-
    Raw text as a word of a closed vocabulary (receipt status, entry type, channel): clean_text in
    lower case.

    Arguments: expr - a text expression.
    Result: text or null, never ''.
    Example: {{ clean_word("'Completed '") }} -> 'completed'
-#}
{%- macro clean_word(expr) -%}
    {{ clean_text(ascii_lower(expr)) }}
{%- endmacro -%}

{#-
    Raw text as a name to show: ends trimmed, inner runs of white space to one blank, case as typed.

    Arguments: expr - a text expression.
    Result: text or null, never ''.
    Example: {{ clean_name("' Toko  Bagus '") }} -> 'Toko Bagus'
-#}
{%- macro clean_name(expr) -%}
    nullif({{ collapse_spaces(expr) }}, '')
{%- endmacro -%}
