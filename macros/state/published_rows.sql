{#
    The rows of a state model that readers of the last published build saw; none before the first. The
    columns are those of the model's contract, so that this selects the same where there is no table yet.
    A column that the contract has got since is null in older rows.

    Arguments: model_name - name of a model in models/marts/state.
    Result: a select.
    Example: {{ published_rows('audience_deliveries') }}
#}
{% macro published_rows(model_name) -%}
    {%- set published = published_state(model_name) -%}
    {%- set known = adapter.get_columns_in_relation(published) | map(attribute='name') | list if published else [] -%}
    {%- set columns = graph.nodes['model.koin_loyalty.' ~ model_name].columns.values() if execute else [] -%}
    select
        {% for column in columns -%}
            {%- if column.name in known -%}
                {{ column.name }}
            {%- else -%}
                cast(null as {{ column.data_type }}) as {{ column.name }}
            {%- endif -%}
            {{ ',' if not loop.last }}
        {% else -%}
            1 as no_column
        {% endfor -%}
    {%- if published -%}
        from {{ published }}
    {%- else -%}
        where 1 = 0
    {%- endif -%}
{%- endmacro %}
