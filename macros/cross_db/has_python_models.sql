{#-
    Whether the engine runs Python models, so that what stands on them is there.

    Engines differ: dbt-duckdb runs a Python model in its own process; dbt-postgres knows SQL alone.

    The variable use_python_models (default true) turns them off where they could run, to see what the
    others build.

    Arguments: none. Result: true or false, for Jinja and SQL.
    Example: {% if has_python_models() %} select ... from the propensity marts {% endif %}
-#}
{%- macro has_python_models() -%}
    {{ return(var('use_python_models', true) and adapter.dispatch('has_python_models', 'koin_loyalty')()) }}
{%- endmacro -%}

{%- macro default__has_python_models() -%}
    {{ return(false) }}
{%- endmacro -%}

{%- macro duckdb__has_python_models() -%}
    {{ return(true) }}
{%- endmacro -%}
