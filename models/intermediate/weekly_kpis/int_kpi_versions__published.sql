-- One row a figure and version of it that readers of the last published build saw; none before the
-- first. Ephemeral, so that no copy of it can grow old: kpi_versions is never built on an old one.
{{ config(materialized='ephemeral') }}

{{ published_rows('kpi_versions') }}
