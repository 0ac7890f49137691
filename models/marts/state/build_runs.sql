-- One row a `dbt build`: the run ledger. State: the end of each run adds its row, builds carry them on.
{{ config(schema='quality', group='quality', access='protected') }}
{{ published_rows('build_runs') }}
