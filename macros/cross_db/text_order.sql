{#-
    A text expression to order or compare by bytes.

    Engines differ: DuckDB compares text by bytes; PostgreSQL by the collation of the database, which
    puts 'a' between 'A' and 'B' on most servers.

    Arguments: expr - a text expression.
    Result: text for order by, min, max, < and > (null stays null).
    Example: order by {{ text_order('site_code') }}
-#}
{%- macro text_order(expr) -%}
    {{ return(adapter.dispatch('text_order', 'koin_loyalty')(expr)) }}
{%- endmacro -%}

{%- macro default__text_order(expr) -%}
    {{ expr }}
{%- endmacro -%}

{%- macro postgres__text_order(expr) -%}
    ({{ expr }}) collate "C"
{%- endmacro -%}
