{#-
    Exact decimal quotient, rounded half away from zero.

    Engines differ: a decimal divided by a decimal is a double on DuckDB, and on PostgreSQL a numeric
    that is already rounded once before round() sees it. Neither is exact to the last digit, so the
    quotient is computed in whole numbers: trunc((2n 10^scale + sign(n) |d|) / 2d).

    Arguments: numerator, denominator - numeric expressions, exact up to numeric(28,6);
        scale - digits after the point, 0 to 6.
    Result: numeric(28, scale); null when either is null or the denominator is 0. A quotient that does
        not fit stops the query with an overflow error.
    Example: {{ exact_divide('2', '3') }} -> 0.666667; {{ exact_divide('-1', '2', scale=0) }} -> -1
-#}
{%- macro exact_divide(numerator, denominator, scale=6) -%}
    {%- if scale not in range(7) -%}
        {{ exceptions.raise_compiler_error("exact_divide: scale must be 0 to 6, got " ~ scale) }}
    {%- endif -%}
    {#- sqlfluff looks at what comes out, for minutes at the long form; it sets this variable (.sqlfluff). -#}
    {%- if flags.WHICH == 'compile' and var('is_linted', false) -%}
        {{ return(numerator ~ ' / ' ~ denominator) }}
    {%- endif -%}
    {{ return(adapter.dispatch('exact_divide', 'koin_loyalty')(numerator, denominator, scale)) }}
{%- endmacro -%}

{%- macro default__exact_divide(numerator, denominator, scale) -%}
    {%- set n = "cast(" ~ numerator ~ " as numeric(28, 6))" -%}
    {%- set d = "nullif(cast(" ~ denominator ~ " as numeric(28, 6)), 0)" -%}
    {%- set unit = "1" if scale == 0 else "0." ~ "0" * (scale - 1) ~ "1" -%}
    cast(div({{ n }} * {{ 2 * 10 ** scale }} + sign({{ n }}) * abs({{ d }}), {{ d }} * 2) * {{ unit }} as numeric(28, {{ scale }}))
{%- endmacro -%}

{#-
    DuckDB divides 128-bit integers slowly, so where both sides and the quotient are small enough a double
    finds it, wrong by at most one unit of the last digit, and products of decimals, which are exact, say
    whether it is: q is right when (2q - 1) |d| <= 2 |n| 10^scale < (2q + 1) |d|.
-#}
{%- macro duckdb__exact_divide(numerator, denominator, scale) -%}
    {%- set unit = "1" if scale == 0 else "0." ~ "0" * (scale - 1) ~ "1" -%}
    {%- set n = "cast(cast(" ~ numerator ~ " as numeric(28, 6)) * 1000000 as hugeint)" -%}
    {%- set d = "nullif(cast(cast(" ~ denominator ~ " as numeric(28, 6)) * 1000000 as hugeint), 0)" -%}
    {%- set n_double = "abs(cast(" ~ numerator ~ " as double))" -%}
    {%- set d_double = "abs(cast(" ~ denominator ~ " as double))" -%}
    {%- set n_small = "abs(cast(" ~ numerator ~ " as numeric(18, 6)))" -%}
    {%- set d_small = "abs(cast(" ~ denominator ~ " as numeric(18, 6)))" -%}
    {%- set q = "cast(round(cast(" ~ n_small ~ " as double) / cast(" ~ d_small ~ " as double) * " ~ 10 ** scale ~ ") as numeric(16, 0))" -%}
    {%- set n_twice = "cast(" ~ n_small ~ " as numeric(38, 6)) * " ~ 2 * 10 ** scale -%}
    {%- set d_wide = "cast(" ~ d_small ~ " as numeric(38, 6))" -%}
    case
        when {{ n_double }} < 999999999999 and {{ d_double }} < 999999999999 and {{ d_double }} >= 0.000001 and {{ n_double }} < {{ d_double }} * 1000000000
            then cast(cast(
                {{ q }} + case
                    when {{ n_twice }} >= {{ d_wide }} * ({{ q }} * 2 + 1) then 1
                    when {{ n_twice }} < {{ d_wide }} * ({{ q }} * 2 - 1) then -1
                    else 0
                end as numeric(38, 0)
            ) * cast(sign({{ numerator }}) * sign({{ denominator }}) as numeric(1, 0)) * {{ unit }} as numeric(28, {{ scale }}))
        else cast(cast(divide({{ n }} * {{ 2 * 10 ** scale }} + sign({{ n }}) * abs({{ d }}), {{ d }} * 2) as numeric(38, 0)) * {{ unit }} as numeric(28, {{ scale }}))
    end
{%- endmacro -%}
