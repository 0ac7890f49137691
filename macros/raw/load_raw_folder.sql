{#
    What `koin load` runs, on a DuckDB target with the PostgreSQL to fill attached as `wh`: checks the raw
    folder against the source contract, then copies its tables and landing.unparseable_rows there.

    Arguments: schemas - the source schemas to write; replace - false adds to what is there.
#}
{% macro load_raw_folder(schemas, replace) %}
    {% do check_raw_contract() %}
    {% set copies = [] %}
    {% for node in graph.sources.values() | sort(attribute='unique_id') %}
        {% if node.schema in schemas + ['landing'] %}
            {% set cells = [] %}
            {% for column in node.columns.values() %}
                {% do cells.append(
                    'cast("' ~ column.name ~ '" as ' ~ column.data_type ~ ') as "' ~ column.name ~ '"'
                ) %}
            {% endfor %}
            {% do copies.append({
                'schema': node.schema,
                'identifier': node.identifier,
                'query': 'select ' ~ cells | join(', ') ~ ' from "' ~ node.schema ~ '"."' ~ node.identifier ~ '"',
            }) %}
        {% endif %}
    {% endfor %}
    {% if not replace %}{% do create_empty_landing('wh') %}{% endif %}
    {% do copy_to_postgres(copies, replace=replace) %}
{% endmacro %}
