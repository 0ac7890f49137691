-- One row a figure and version of it that readers of the last published build saw; none before the
-- first. Ephemeral, so that no copy of it can grow old: kpi_versions is never built on an old one.
{{ config(materialized='ephemeral') }}
{% set published = published_state('kpi_versions') %}

{% if published %}
    select
        week_start,
        bu_code,
        report,
        dimension,
        dimension_value,
        kpi,
        version_number,
        is_restatement,
        recorded_at,
        value
    from {{ published }}
{% else %}
    select
        cast(null as date) as week_start,
        cast(null as varchar) as bu_code,
        cast(null as varchar) as report,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_value,
        cast(null as varchar) as kpi,
        cast(null as integer) as version_number,
        cast(null as boolean) as is_restatement,
        cast(null as timestamp) as recorded_at,
        cast(null as numeric(28, 6)) as value -- noqa: RF04
    where 1 = 0
{% endif %}
