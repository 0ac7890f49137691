{#-
    Whether a normalised e-mail address is syntactically valid, as mail systems take it in practice:
    one @; before it 1 to 64 letters, digits and . _ % + - ' & ! # $ * / = ? ^ ` { } ~ with no dot at
    the ends and no two in a row, and none of = + - ' first, which a spreadsheet takes for a formula or
    its disguise, and no mail system hands out; after it dot-separated labels of letters, digits and inner hyphens, up to
    63 characters each, the last one at least two long and starting with a letter; 254 characters in all.
    No quoted names, no address in brackets, ASCII only.

    Arguments: email - result of normalise_email.
    Result: boolean, never null.
    Example: 'sri.w@example.co.id' -> true; 'sri@localhost' -> false; 'sri..w@example.com' -> false
-#}
{%- macro is_valid_email(email) -%}
    {%- set first = "[a-z0-9_%&!#$*/?^`{}~]" -%}
    {%- set atom = "[a-z0-9_%+''&!#$*/=?^`{}~-]+" -%}
    {%- set label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?" -%}
    {%- set top = "[a-z]([a-z0-9-]{0,61}[a-z0-9])" -%}
    (
        coalesce({{ regexp_full_match(email, first ~ "(" ~ atom ~ ")?([.]" ~ atom ~ ")*@(" ~ label ~ "[.])+" ~ top) }}, false)
        and length({{ email }}) <= 254
        and length(split_part({{ email }}, '@', 1)) <= 64
    )
{%- endmacro -%}
