{#-
    One spelling of a name that people type in several: that of most rows, of equally many the first as text.
    `Unknown` is none, in any spelling.

    Arguments: relation - a CTE, a row for each thing that has the name; column - the name's column.
    Result: CTEs, the last of which is <column>_spellings: spelling_key, spelling.
    Example: 'Tools', 'Tools', 'TOOLS' -> 'Tools'; 'TOOLS', 'Tools' -> 'TOOLS'
-#}
{%- macro one_spelling(relation, column) -%}
{{ column }}_counts as (
    select
        {{ spelling_key(column) }} as spelling_key,
        {{ column }} as spelling,
        count(*) as row_count
    from {{ relation }}
    where {{ spelling_key(column) }} <> 'unknown'
    group by {{ spelling_key(column) }}, {{ column }}
),

{{ column }}_ranks as (
    select
        spelling_key,
        spelling,
        row_number() over (
            partition by spelling_key order by row_count desc, {{ text_order('spelling') }}
        ) as spelling_rank
    from {{ column }}_counts
),

{{ column }}_spellings as (
    select
        spelling_key,
        spelling
    from {{ column }}_ranks
    where spelling_rank = 1
)
{%- endmacro -%}
