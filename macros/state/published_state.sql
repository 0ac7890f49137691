{#
    Where the rows of a state model are that readers see: the table of the last build that was published.
    A target that computes in a work file has it in the attached PostgreSQL, whatever the work file holds;
    on the other targets it is the model's own table. Only state models read it: they are built anew as
    these rows and the new ones, so that nothing is lost by --full-refresh or with the work file.

    Arguments: model_name - name of a model in models/marts/state.
    Result: a relation; none before the first build, and while the project is read.
#}
{% macro published_state(model_name) %}
    {% if not execute %}
        {{ return(none) }}
    {% endif %}
    {% set model = graph.nodes['model.koin_loyalty.' ~ model_name] %}
    {% set database = (graph.sources.values() | list)[0].database if marts_are_published() else model.database %}
    {% set relation = api.Relation.create(
        database=database, schema=model.schema, identifier=model.alias
    ) %}
    {% set found = run_query(
        "select count(*) from information_schema.tables where table_catalog = '" ~ database
        ~ "' and table_schema = '" ~ model.schema ~ "' and table_name = '" ~ model.alias ~ "'"
    ) %}
    {{ return(relation if found[0][0] > 0 else none) }}
{% endmacro %}
