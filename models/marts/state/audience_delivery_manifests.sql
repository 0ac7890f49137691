-- One row a delivered request with the manifest that it was delivered with. State: written by
-- `koin deliver`.
{{ config(
    schema='audiences',
    group='audiences',
    access='protected',
    grants={'select': ['bi_role', 'campaign_role']},
) }}
{{ published_rows('audience_delivery_manifests') }}
