-- One row a member whose balances may have changed since the last published build: touched
-- members; those with koin that fall due, or a movement, tier or preferred site that begins, in
-- the weeks of the two as-of dates; everybody when the first week is another, or the as-of date
-- an earlier one. Empty in a build from nothing.
-- depends_on: {{ ref('int_run__as_of') }}
-- depends_on: {{ ref('int_touched__site_preferences') }}
-- depends_on: {{ ref('int_koin__positions') }}
-- depends_on: {{ ref('int_koin__open_issuer_lots') }}
-- depends_on: {{ ref('dim_member_tiers') }}
-- depends_on: {{ ref('int_members__preferred_sites') }}
-- depends_on: {{ ref('stg_cohesive__koin_entries') }}
{% if is_incremental_run() -%}
    select cust_id from {{ ref('int_touched__site_preferences') }}
    union
    select cust_id from {{ ref('int_koin__positions') }}
    where {{ is_in_as_of_weeks('entry_date') }}
    union
    select cust_id from {{ ref('int_koin__open_issuer_lots') }}
    where
        {% for days in koin_due_horizons() -%}
            {{ is_in_as_of_gap(date_add_days('expires_on', -days)) }} {{ 'or' if not loop.last }}
        {% endfor %}
    union
    select cust_id from {{ ref('dim_member_tiers') }}
    where {{ is_in_as_of_weeks('valid_from') }}
    union
    select cust_id from {{ ref('int_members__preferred_sites') }}
    where
        {{ is_in_as_of_weeks('valid_from') }}
        or {{ is_in_as_of_weeks('valid_to') }}
    {% if as_of_dates().is_backward or as_of_dates().is_other_begin -%}
        union
        select cust_id from {{ ref('stg_cohesive__koin_entries') }}
    {%- endif %}
{%- else -%}
    select cast(null as varchar) as cust_id
    where false
{%- endif %}
