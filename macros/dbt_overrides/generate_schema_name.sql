{#
    The schema of a model: its own name (core, weekly_reports ...) in production, prefixed with the
    target's schema for a developer. `main` and `public`, the engines' defaults, are production.

    Example: custom_schema_name `core` gives `core` on schema `main` and `dev_core` on schema `dev`.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.schema in ('main', 'public') -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
