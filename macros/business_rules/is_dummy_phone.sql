{#-
    Whether a well-formed mobile number is one that people make up to fill in a form: the same digit all
    through after the first three, or the digits after the 8 running up or down to the end. Runs are
    listed, so that it is plain what is caught: 1234567890 and 1234567891 are not, ordinary numbers end so.

    Arguments: national - a mobile number without 0 or 62, 9 to 12 digits.
    Result: boolean; null for null.
    Example: '81111111111' -> true; '8123456789' -> true; '81234567890' -> false
-#}
{%- macro is_dummy_phone(national) -%}
    (
        {{ regexp_full_match(
            national, "8[0-9][0-9](0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)"
        ) }}
        or substr({{ national }}, 2) in (
            '12345678', '123456789', '12345678910', '23456789',
            '98765432', '987654321', '9876543210', '87654321', '876543210', '76543210'
        )
    )
{%- endmacro -%}
