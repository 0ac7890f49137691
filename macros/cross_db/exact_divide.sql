{#-
    Exact decimal quotient, rounded half away from zero.

    Engines differ: a decimal divided by a decimal is a double on DuckDB, and on PostgreSQL a numeric
    that is already rounded once before round() sees it. Neither is exact to the last digit, so the
    quotient is computed in whole numbers: trunc((2n 10^scale + sign(n) |d|) / 2d); on DuckDB only where
    doubles do not decide.

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
    {%- if is_linted() -%}
        {{ return(numerator ~ ' / ' ~ denominator) }}
    {%- endif -%}
    {{ return(adapter.dispatch('exact_divide', 'koin_loyalty')(numerator, denominator, scale)) }}
{%- endmacro -%}

{%- macro default__exact_divide(numerator, denominator, scale) -%}
    {%- set n = "cast(" ~ numerator ~ " as numeric(28, 6))" -%}
    {%- set d = "nullif(cast(" ~ denominator ~ " as numeric(28, 6)), 0)" -%}
    {{ divide_in_whole_numbers(n, d, scale) }}
{%- endmacro -%}

{#- Of numerics of any size; arguments as of exact_divide, the denominator not 0. -#}
{%- macro divide_in_whole_numbers(n, d, scale) -%}
    {%- set unit = "1" if scale == 0 else "0." ~ "0" * (scale - 1) ~ "1" -%}
    cast(div({{ n }} * {{ 2 * 10 ** scale }} + sign({{ n }}) * abs({{ d }}), {{ d }} * 2) * {{ unit }} as numeric(28, {{ scale }}))
{%- endmacro -%}

{%- macro duckdb__exact_divide(numerator, denominator, scale) -%}
    {%- set n = "cast(" ~ numerator ~ " as numeric(28, 6))" -%}
    {%- set d = "nullif(cast(" ~ denominator ~ " as numeric(28, 6)), 0)" -%}
    {%- set units = "cast(" ~ n ~ " as double) / cast(" ~ d ~ " as double) * " ~ 10 ** scale -%}
    {{ divide_as_doubles(
        units, "cast(" ~ n ~ " * 1000000 as hugeint)", "cast(" ~ d ~ " * 1000000 as hugeint)", scale
    ) }}
{%- endmacro -%}

{#-
    Quotient of two products.

    Arguments: factors, divisors - lists of two numeric expressions with two digits after the point, whose product
        is below 10^34. Divisors whose product is above 8 * 10^27 make DuckDB leave out its last seven digits.
    Result: numeric(28,6), and errors, as of exact_divide.
    Example: {{ exact_divide_products(['2', '3'], ['4', '5']) }} -> 0.300000
-#}
{%- macro exact_divide_products(factors, divisors) -%}
    {%- if is_linted() -%}
        {{ return(product(factors) ~ ' / ' ~ divisors[0]) }}
    {%- endif -%}
    {{ return(adapter.dispatch('exact_divide_products', 'koin_loyalty')(factors, divisors)) }}
{%- endmacro -%}

{%- macro default__exact_divide_products(factors, divisors) -%}
    {{ divide_in_whole_numbers(product(factors), "nullif(" ~ product(divisors) ~ ", 0)", 6) }}
{%- endmacro -%}

{%- macro duckdb__exact_divide_products(factors, divisors) -%}
    {%- set n, d = whole_product(factors), whole_product(divisors) -%}
    {%- set is_great = "abs(" ~ d ~ ") >= 80000000000000000000000000000000" -%}
    {{ divide_as_doubles(
        product_of_doubles(factors) ~ " / nullif(" ~ product_of_doubles(divisors) ~ ", 0) * 1000000",
        "case when " ~ is_great ~ " then divide(" ~ n ~ ", 10000000) else " ~ n ~ " end",
        "case when " ~ is_great ~ " then divide(" ~ d ~ ", 10000000) else " ~ d ~ " end",
        scale=6
    ) }}
{%- endmacro -%}

{#- Of two decimals with two digits after the point, in units of the fourth. -#}
{%- macro whole_product(factors) -%}
    {%- for factor in factors -%}
        cast(cast({{ factor }} as numeric(38, 2)) * 100 as hugeint){{ " * " if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{%- macro product_of_doubles(factors) -%}
    (cast({{ factors[0] }} as double) * cast({{ factors[1] }} as double))
{%- endmacro -%}

{%- macro product(factors) -%}
    ({{ factors | join(') * (') }})
{%- endmacro -%}

{#-
    DuckDB divides 128-bit integers slowly, so the quotient is found as a double, which is wrong by less than
    0.0015 units of the last digit where it has fewer than 10^11 of them. Only what lies so near to the middle
    of two units, or is greater, is divided in whole numbers.

    Arguments: units - the quotient in units of the last digit, a double; numerator, denominator - whole numbers
        below 10^38 and 8 * 10^31.
-#}
{%- macro divide_as_doubles(units, numerator, denominator, scale) -%}
    {%- set n, d = "(" ~ numerator ~ ")", "(" ~ denominator ~ ")" -%}
    {%- set rest = n ~ " % " ~ d -%}
    {%- set quotient = "divide(" ~ n ~ ", " ~ d ~ ") * " ~ 10 ** scale ~ " + divide(" ~ rest ~ " * " ~ 2 * 10 ** scale
        ~ " + sign(" ~ rest ~ ") * abs(" ~ d ~ "), " ~ d ~ " * 2)" -%}
    case
        when abs({{ units }}) < 100000000000 and abs(abs({{ units }}) % 1 - 0.5) > 0.0015
            then {{ units_as_decimal("cast(round(" ~ units ~ ") as bigint)", scale) }}
        else {{ units_as_decimal("cast(" ~ quotient ~ " as numeric(38, 0))", scale) }}
    end
{%- endmacro -%}

{#- A count of units of the last digit as numeric(28, scale). -#}
{%- macro units_as_decimal(count, scale) -%}
    {%- set unit = "1" if scale == 0 else "0." ~ "0" * (scale - 1) ~ "1" -%}
    cast({{ count }} * {{ unit }} as numeric(28, {{ scale }}))
{%- endmacro -%}
