{#-
    Exact quotient of two products, rounded half away from zero.

    Engines differ: PostgreSQL multiplies decimals of any length. DuckDB has 38 digits, and takes
    microseconds to drop decimals of so long a number or to divide it; so a double finds the quotient,
    wrong by at most one unit of the last digit, and products, which are exact, say whether it is, as in
    exact_divide. Products of 10^21 or more, which are beyond that, lose decimals after the sixth first.

    Arguments: numerator, numerator_factor, denominator, denominator_factor - numeric expressions; a
        product has 10 decimals at most, and is within numeric(28,6) when it has lost all after six.
    Result: numeric(28,6): (numerator * numerator_factor) / (denominator * denominator_factor); null when
        any is null or the denominator is 0.
    Example: {{ exact_divide_products('2', '5', '3', '4') }} -> 0.833333
-#}
{%- macro exact_divide_products(numerator, numerator_factor, denominator, denominator_factor) -%}
    {#- sqlfluff looks at what comes out, for minutes at the long form; it sets this variable (.sqlfluff). -#}
    {%- if flags.WHICH == 'compile' and var('is_linted', false) -%}
        {{ return(numerator ~ ' * ' ~ numerator_factor ~ ' / ' ~ denominator ~ ' / ' ~ denominator_factor) }}
    {%- endif -%}
    {{ return(adapter.dispatch('exact_divide_products', 'koin_loyalty')(
        numerator, numerator_factor, denominator, denominator_factor
    )) }}
{%- endmacro -%}

{%- macro default__exact_divide_products(numerator, numerator_factor, denominator, denominator_factor) -%}
    {%- set n = "(" ~ numerator ~ ") * (" ~ numerator_factor ~ ")" -%}
    {%- set d = "nullif((" ~ denominator ~ ") * (" ~ denominator_factor ~ "), 0)" -%}
    cast(div({{ n }} * 2000000 + sign({{ n }}) * abs({{ d }}), {{ d }} * 2) * 0.000001 as numeric(28, 6))
{%- endmacro -%}

{%- macro duckdb__exact_divide_products(numerator, numerator_factor, denominator, denominator_factor) -%}
    {%- set n = "cast(abs((" ~ numerator ~ ") * (" ~ numerator_factor ~ ")) as numeric(38, 10))" -%}
    {%- set d = "cast(abs((" ~ denominator ~ ") * (" ~ denominator_factor ~ ")) as numeric(38, 10))" -%}
    {%- set n_double = "abs(cast(" ~ numerator ~ " as double) * cast(" ~ numerator_factor ~ " as double))" -%}
    {%- set d_double = "abs(cast(" ~ denominator ~ " as double) * cast(" ~ denominator_factor ~ " as double))" -%}
    {%- set q = "cast(round(" ~ n_double ~ " / " ~ d_double ~ " * 1000000) as numeric(16, 0))" -%}
    {%- set signs = [] -%}
    {%- for factor in (numerator, numerator_factor, denominator, denominator_factor) -%}
        {%- do signs.append("sign(" ~ factor ~ ")") -%}
    {%- endfor -%}
    case
        when {{ n_double }} < 1e21 and {{ d_double }} < 1e21 and {{ d_double }} > 0 and {{ n_double }} < {{ d_double }} * 100000000
            then cast(cast(
                {{ q }} + case
                    when {{ n }} * 2000000 >= {{ d }} * ({{ q }} * 2 + 1) then 1
                    when {{ n }} * 2000000 < {{ d }} * ({{ q }} * 2 - 1) then -1
                    else 0
                end as numeric(38, 0)
            ) * cast({{ signs | join(' * ') }} as numeric(1, 0)) * 0.000001 as numeric(28, 6))
        else {{ exact_divide(
            'cast((' ~ numerator ~ ') * (' ~ numerator_factor ~ ') as numeric(28, 6))',
            'cast((' ~ denominator ~ ') * (' ~ denominator_factor ~ ') as numeric(28, 6))'
        ) }}
    end
{%- endmacro -%}
