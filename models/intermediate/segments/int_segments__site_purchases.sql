-- One row a member, business unit of sale and store with receipts since Cohesive: first and last
-- transaction, and counts and spend of each period. A receipt is of one store, so all but the dates
-- are additive.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

placed_receipts as (
    select
        receipts.cust_id,
        receipts.bu_code,
        receipts.site_code,
        sites.site_type,
        sites.bu_code as site_bu_code,
        receipts.business_date,
        receipts.sales_channel,
        receipts.sales,
        receipts.is_transaction,
        receipts.is_l12m,
        receipts.is_l1y,
        receipts.is_since_cohesive
    from receipts
    inner join sites
        on receipts.site_code = sites.site_code
)

select
    cust_id,
    bu_code,
    site_code,
    site_type,
    site_bu_code,
    {% for period in history_periods() -%}
        {% for kind, condition in history_channels().items() -%}
            cast(
                sum(
                    case
                        when is_{{ period }} and {{ condition }} and is_transaction then 1
                        else 0
                    end
                ) as bigint
            ) as {{ kind }}transaction_count_{{ period }},
            cast(
                sum(case when is_{{ period }} and {{ condition }} then sales else 0 end)
                as numeric(18, 2)
            ) as {{ kind }}net_sales_{{ period }},
        {% endfor -%}
    {% endfor -%}
    min(case when is_transaction then business_date end) as first_transaction_date,
    max(case when is_transaction then business_date end) as last_transaction_date
from placed_receipts
group by cust_id, bu_code, site_code, site_type, site_bu_code
