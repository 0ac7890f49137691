-- One row a member of whom a raw row (of the member or a tier period) came or went since the last
-- published build. Empty in a build from nothing.
-- depends_on: {{ ref('stg_loads__days') }}
{% if is_incremental_run() -%}
    with delivered as (
        {% for entity in ['members', 'member_tiers'] -%}
            {%- set table_name = 'tbl_' ~ entity[:-1] -%}
            select {{ clean_text('cust_id') }} as cust_id
            from {{ source('cohesive', table_name) }}
            where {{ is_of_changed_load('cohesive.' ~ table_name) }}
            union
            select cust_id
            from {{ table_of('base_cohesive__' ~ entity) }}
            where {{ is_of_changed_load('cohesive.' ~ table_name) }}
            {{ 'union' if not loop.last }}
        {% endfor %}
    )

    select cust_id from delivered
    where cust_id is not null
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
