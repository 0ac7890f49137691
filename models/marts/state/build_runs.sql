-- One row a `dbt build`: the run ledger. State: the end of each run adds its row, builds carry it.
{{ config(
    schema='quality',
    group='quality',
    access='protected',
    grants={'select': ['bi_role', 'campaign_role']},
) }}

{{ published_rows('build_runs') }}
