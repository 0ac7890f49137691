-- One row a member and business unit with receipts since Cohesive.
{{ config(
    materialized='incremental',
    on_schema_change='fail',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with site_purchases as (
    select
        *,
        site_type = 'independent' as is_independent
    from {{ ref('int_segments__site_purchases') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
)

select
    cust_id,
    bu_code,
    min(first_transaction_date) as first_transaction_date,
    {% for period in history_periods() -%}
        {% for kind in history_channels() -%}
            cast(sum({{ kind }}transaction_count_{{ period }}) as bigint)
                as {{ kind }}transaction_count_{{ period }},
            cast(sum({{ kind }}net_sales_{{ period }}) as numeric(18, 2))
                as {{ kind }}net_sales_{{ period }},
        {% endfor -%}
        cast(sum(case when is_independent then transaction_count_{{ period }} else 0 end) as bigint)
            as independent_transaction_count_{{ period }},
        cast(sum(case when is_independent then net_sales_{{ period }} else 0 end) as numeric(18, 2))
            as independent_net_sales_{{ period }},
    {% endfor -%}
    max(last_transaction_date) as last_transaction_date
from site_purchases
group by cust_id, bu_code
