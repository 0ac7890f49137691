{#-
    Phone numbers as people type them -> numbers that WhatsApp takes: digits only, 62, then an Indonesian
    mobile number of 9 to 12 digits that starts with 8 (not 80, 84). A chain of CTEs, because every step
    reads the one before several times; it works on the distinct raw texts, so keys may repeat.

    Arguments: relation - what to read, a CTE or ref(); key_columns - list of its columns to keep;
        raw_column - its column with the raw number (text); prefix - start of the names of the CTEs.
    Result: CTEs, comma-separated, without `with` and without a comma at the end. The last one,
        <prefix>_result, has one row for every row of relation:
        key_columns          as they are
        wa_phone             the usable number, 628..., else null
        phone_status         ok, or the reason why there is none:
                             missing              nothing, or nothing but signs
                             scientific_notation  8.123456789E9: a spreadsheet lost digits
                             not_a_number         letters, or signs that no number has
                             foreign              another country's code
                             fixed_line           Indonesian, 7 to 11 digits after 0, starting with 2-7 or 9
                             not_mobile           80x, 84x, 1x, or 000...
                             wrong_length         too short or too long for what it starts with
                             dummy                well formed, but made up (see below)
        has_several_numbers  the text holds more than one number; the first usable one is taken
        phone_normalised     62..., of ok and dummy numbers, to find who shares a number

    Reading, in this order:
    1. Full-width digits and signs become ASCII, dashes become hyphens, invisible characters go.
    2. The text is cut at / , ; | & and the words atau, dan, or. A piece with 9 or more digits is a number
       of its own. Without such a piece the signs are taken as spacing (0812/3456/7890). A text of more than
       14 digits is also cut where a blank or hyphen stands before 08 or 62, or before a plus, if that
       gives two such pieces. At most four pieces are read.
    3. A spreadsheet's `.0`, `.00` (or with a comma) at the end goes. Blanks, hyphens, dots, brackets, quotes
       and a leading equals sign go.
    4. 00 is the international prefix, as is a plus, and before 628 also 008 and 009. 62 goes, and the zeros
       after it; else one 0. A number of 12 digits or more that still starts with 628 has its 62 twice
       (06281234567890); shorter, it is a fixed line in Karo (0628). A number that starts with 8 needs no
       prefix. +0812 is taken as 0812.
    5. Of several pieces the best is taken (ok, then dummy, then the reasons in the order above with
       wrong_length last), of equal ones the first.

    Dummy is a number that people make up to fill in a form: all digits the same after the first three
    (081111111111, 081200000000), or the digits after 08 running up or down to the end, also 1 to 10
    (08123456789, 0812345678910, 0876543210). 081234567890 and 081234567891 are ordinary numbers.

    Example:
        with members as (select * from {{ ref('stg_cohesive__members') }}),

        {{ wa_phone_steps('members', ['cust_id'], 'phone') }}

        select cust_id, wa_phone, phone_status from phone_result
        ' +62 (0)812-3456-7890 ' -> '6281234567890', 'ok'
-#}
{%- macro wa_phone_steps(relation, key_columns, raw_column, prefix='phone') -%}
{%- set dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d" -%}
{%- set wide = "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0b\uff08\uff09\uff0e\uff0f\uff0c\uff1b" -%}
{%- set direction_marks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" -%}
{%- set narrowed =
    "translate(" ~ ascii_lower(raw_column) ~ ", '" ~ wide ~ dashes ~ direction_marks ~ "', '0123456789+()./,;--------')"
-%}
{{ prefix }}_texts {{ as_materialized() }} (
    select distinct
        {{ raw_column }} as raw_text,
        {{ collapse_spaces(narrowed) }} as typed
    from {{ relation }}
    where {{ raw_column }} is not null
),

{{ prefix }}_lists {{ as_materialized() }} (
    select
        raw_text,
        {{ regexp_replace_all(
            "case when " ~ regexp_full_match("typed", "[^,]*[0-9],0{1,2}")
            ~ " then split_part(typed, ',', 1) else typed end",
            " (atau|dan|or) |[;|&,]",
            "/"
        ) }} as listed
    from {{ prefix }}_texts
),

{{ prefix }}_spacings {{ as_materialized() }} (
    select
        raw_text,
        listed,
        case
            when length({{ regexp_replace_all("listed", "[^0-9]", "") }}) > 14
                then {{ regexp_replace_all(
                    regexp_replace_all("replace(listed, '+', '/+')", "[ -]+08", "/08"), "[ -]+62", "/62"
                ) }}
        end as spaced
    from {{ prefix }}_lists
),

{{ prefix }}_pieces {{ as_materialized() }} (
    select
        raw_text,
        0 as piece_no,
        'whole' as piece_kind,
        replace(listed, '/', '') as piece
    from {{ prefix }}_spacings
    {%- for kind in ['listed', 'spaced'] %}
    {%- for piece_no in range(1, 5) %}
    union all
    select
        raw_text,
        {{ piece_no }} as piece_no,
        '{{ kind }}' as piece_kind,
        split_part({{ kind }}, '/', {{ piece_no }}) as piece
    from {{ prefix }}_spacings
    where {{ kind }} like '%/%' and split_part({{ kind }}, '/', {{ piece_no }}) <> ''
    {%- endfor %}
    {%- endfor %}
),

{{ prefix }}_bare {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        {{ regexp_full_match("replace(piece, ' ', '')", "[+-]?[0-9]+([.][0-9]+)?e[+-]?[0-9]+") }} as is_scientific,
        {{ regexp_replace_all(
            "case when " ~ regexp_full_match("trim(both ' ' from piece)", "[^.]*[0-9][.]0{1,2}")
            ~ " then split_part(piece, '.', 1) else piece end",
            "[ ().''\"`=_-]",
            ""
        ) }} as bare
    from {{ prefix }}_pieces
),

{{ prefix }}_digits {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        is_scientific,
        {{ regexp_full_match("bare", "[+]*[0-9]+") }} as is_number,
        bare = '' as is_empty,
        bare like '+%' as has_plus,
        {{ regexp_replace_all("bare", "[^0-9]", "") }} as digits
    from {{ prefix }}_bare
),

{{ prefix }}_dialled {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        is_scientific,
        is_number,
        is_empty,
        digits,
        has_plus or digits like '00%' as is_international,
        case
            when digits like '008628%' or digits like '009628%' then substr(digits, 4)
            when digits like '00%' then substr(digits, 3)
            else digits
        end as dialled,
        sum(case when piece_kind = 'listed' and length(digits) >= 9 then 1 else 0 end)
            over (partition by raw_text) as listed_numbers,
        sum(case when piece_kind = 'spaced' and length(digits) >= 9 then 1 else 0 end)
            over (partition by raw_text) as spaced_numbers
    from {{ prefix }}_digits
),

{{ prefix }}_subscribers {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        is_scientific,
        is_number,
        digits,
        dialled,
        listed_numbers,
        spaced_numbers,
        is_international and dialled not like '62%' and dialled not like '0%' as is_foreign,
        case
            when dialled like '62%' then trim(leading '0' from substr(dialled, 3))
            when dialled like '0%' then substr(dialled, 2)
            else dialled
        end as subscriber
    from {{ prefix }}_dialled
    -- Empty pieces go only here: DuckDB would push the condition below the union all and evaluate the
    -- regular expressions there row by row, some hundred times as slow.
    where
        not is_empty
        and (
            piece_kind = 'listed'
            or (piece_kind = 'whole' and listed_numbers = 0)
            or (piece_kind = 'spaced' and spaced_numbers >= 2)
        )
),

{{ prefix }}_nationals {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        is_scientific,
        is_number,
        digits,
        dialled,
        listed_numbers,
        spaced_numbers,
        is_foreign,
        case
            when length(subscriber) >= 12 and (subscriber like '628%' or subscriber like '6208%')
                then trim(leading '0' from substr(subscriber, 3))
            else subscriber
        end as national
    from {{ prefix }}_subscribers
),

{{ prefix }}_judged {{ as_materialized() }} (
    select
        raw_text,
        piece_no,
        piece_kind,
        listed_numbers >= 2 or spaced_numbers >= 2 as has_several_numbers,
        national,
        case
            when is_scientific then 'scientific_notation'
            when not is_number then 'not_a_number'
            when is_foreign and length(dialled) between 7 and 15 then 'foreign'
            when is_foreign or length(national) < 5 then 'wrong_length'
            when digits like '000%' or substr(national, 1, 1) in ('0', '1') then 'not_mobile'
            when substr(national, 1, 2) in ('80', '84') then 'not_mobile'
            when national not like '8%' and length(national) between 7 and 11 then 'fixed_line'
            when national not like '8%' or length(national) not between 9 and 12 then 'wrong_length'
            when {{ is_dummy_phone("national") }} then 'dummy'
            else 'ok'
        end as phone_status
    from {{ prefix }}_nationals
),

{{ prefix }}_ranked {{ as_materialized() }} (
    select
        raw_text,
        has_several_numbers,
        national,
        phone_status,
        row_number() over (
            partition by raw_text
            order by
                case phone_status
                    when 'ok' then 1
                    when 'dummy' then 2
                    when 'scientific_notation' then 3
                    when 'not_a_number' then 4
                    when 'foreign' then 5
                    when 'fixed_line' then 6
                    when 'not_mobile' then 7
                    else 8
                end,
                case piece_kind when 'listed' then 1 when 'whole' then 2 else 3 end,
                piece_no
        ) as preference
    from {{ prefix }}_judged
),

{{ prefix }}_result {{ as_materialized() }} (
    select
        {%- for key in key_columns %}
        source_rows.{{ key }},
        {%- endfor %}
        case when ranked.phone_status = 'ok' then '62' || ranked.national end as wa_phone,
        coalesce(ranked.phone_status, 'missing') as phone_status,
        coalesce(ranked.has_several_numbers, false) as has_several_numbers,
        case when ranked.phone_status in ('ok', 'dummy') then '62' || ranked.national end as phone_normalised
    from {{ relation }} as source_rows
    left join {{ prefix }}_ranked as ranked
        on source_rows.{{ raw_column }} = ranked.raw_text and ranked.preference = 1
)
{%- endmacro -%}
