{#-
    Gender as M, F or BLANK. The words for it are read too; single letters other than M and F are not,
    because P stands for both pria and perempuan.

    Arguments: raw_gender - a text expression.
    Result: text, never null.
    Example: ' f ' -> 'F'; 'Laki-laki' -> 'M'; '' -> 'BLANK'
-#}
{%- macro normalise_gender(raw_gender) -%}
    case
        when {{ clean_code(raw_gender) }} in ('M', 'MALE', 'PRIA', 'LAKI-LAKI', 'LAKI LAKI') then 'M'
        when {{ clean_code(raw_gender) }} in ('F', 'FEMALE', 'WANITA', 'PEREMPUAN') then 'F'
        else 'BLANK'
    end
{%- endmacro -%}
