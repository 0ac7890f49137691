{#-
    Whether an id of a member can stand in a channel's file: a letter or digit, then letters, digits and signs of
    ASCII, no blank. Spreadsheets take text after a separator for a cell of its own, so no = + - @ begins there.

    Arguments: id - a text expression.
    Result: boolean, never null; null is no id.
    Example: 'RRR-0012' -> true; 'RRR 12', '=A1', 'A1;=B2' -> false
-#}
{%- macro is_usable_id(id) -%}
    (
        coalesce({{ regexp_full_match(id, "[A-Za-z0-9][!-~]*") }}, false)
        and not {{ regexp_full_match(id, ".*[;,|][\"'']*[=+@-].*") }}
    )
{%- endmacro -%}
