{#
    After a run without failures on DuckDB over PostgreSQL: brings every mart that the run built from the
    local work file to PostgreSQL, all in one transaction. Readers see the old marts until it commits.
    On the other targets the marts are where they belong already.
#}
{% macro publish_marts(results) %}
{% endmacro %}
