{#-
    Text with every run of white space turned into one blank, none at its ends, and no zero-width
    characters. White space is what trim_white_space lists.

    Arguments: expr - a text expression.
    Result: text; null stays null.
    Example: {{ collapse_spaces("'  Sri   Wahyuni '") }} -> 'Sri Wahyuni'
-#}
{%- macro collapse_spaces(expr) -%}
    {{ return(adapter.dispatch('collapse_spaces', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{#- Words of visible ASCII, one blank between them, are taken as they are: to see that is much faster
than to rewrite them. -#}
{%- macro duckdb__collapse_spaces(expr) -%}
    case
        when regexp_full_match({{ expr }}, '([!-~]+( [!-~]+)*)?') then {{ expr }}
        else {{ default__collapse_spaces(expr) }}
    end
{%- endmacro -%}

{%- macro default__collapse_spaces(expr) -%}
    {%- set visible = "translate(" ~ expr ~ ", '" ~ zero_width_characters() ~ "', '')" -%}
    trim(both ' ' from {{ regexp_replace_all(visible, '[\\t\\n\\v\\f\\r ' ~ typographic_blanks() ~ ']+', ' ') }})
{%- endmacro -%}
