{#-
    Text without white space at its ends, the same on every engine.

    Engines differ: plain trim() takes off blanks only, and `\s` means ASCII white space to DuckDB but
    Unicode white space to PostgreSQL. So the characters are listed here, and only here:
    tab, line feed, vertical tab, form feed, carriage return, blank, non-breaking space, the typographic
    blanks U+2000-U+200A, U+202F, U+205F, U+3000, and the zero-width characters U+200B, U+200C, U+200D,
    U+2060, U+FEFF.

    Arguments: expr - a text expression.
    Result: text; null stays null; text of nothing but white space becomes ''.
    Example: {{ trim_white_space("chr(9) || ' AZ KO ' || chr(160)") }} -> 'AZ KO'
-#}
{%- macro trim_white_space(expr) -%}
    {{ return(adapter.dispatch('trim_white_space', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__trim_white_space(expr) -%}
    trim(both {{ white_space_characters() }} from {{ expr }})
{%- endmacro -%}

{#- ASCII with a visible character at each end needs no trim; to see that takes a third of the time. -#}
{%- macro duckdb__trim_white_space(expr) -%}
    case
        when strlen({{ expr }}) = length({{ expr }}) and {{ expr }} >= '!' and array_extract({{ expr }}, -1) >= '!' then {{ expr }}
        else {{ default__trim_white_space(expr) }}
    end
{%- endmacro -%}

{#-
    The characters that trim_white_space takes off, as one text expression.

    Arguments: none.
    Result: constant text. Control characters are written with chr() to keep compiled SQL on one line.
    Example: length({{ white_space_characters() }}) -> 26
-#}
{%- macro white_space_characters() -%}
    chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || ' {{ typographic_blanks() }}{{ zero_width_characters() }}'
{%- endmacro -%}

{#-
    Non-breaking, typographic and full-width blanks, as bare characters for use inside a literal.

    Arguments: none. Result: 15 characters.
    Example: translate(x, '{{ typographic_blanks() }}', '               ') makes them plain blanks.
-#}
{%- macro typographic_blanks() -%}
    {{- "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000" -}}
{%- endmacro -%}

{#-
    Characters that take no room (zero-width space, joiners, word joiner, byte order mark), as bare
    characters for use inside a literal.

    Arguments: none. Result: 5 characters.
    Example: translate(x, '{{ zero_width_characters() }}', '') removes them.
-#}
{%- macro zero_width_characters() -%}
    {{- "\u200b\u200c\u200d\u2060\ufeff" -}}
{%- endmacro -%}
