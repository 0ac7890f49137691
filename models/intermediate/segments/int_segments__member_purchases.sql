-- One row a member who is not erased, with or without purchases: first and last transaction,
-- counts, purchase days and spend of each period.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with members as (
    select * from {{ ref('dim_members') }}
    where
        not is_erased
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

purchases as (
    select
        cust_id,
        {% for period in history_periods() -%}
            sum(case when is_{{ period }} and is_transaction then 1 else 0 end)
                as transaction_count_{{ period }},
            count(distinct case when is_{{ period }} and is_transaction then business_date end)
                as purchase_days_{{ period }},
            sum(case when is_{{ period }} then sales else 0 end) as net_sales_{{ period }},
        {% endfor -%}
        min(case when is_transaction then business_date end) as first_transaction_date,
        max(case when is_transaction then business_date end) as last_transaction_date
    from receipts
    group by cust_id
)

select
    members.cust_id,
    purchases.first_transaction_date,
    {% for period in history_periods() -%}
        cast(coalesce(purchases.transaction_count_{{ period }}, 0) as bigint)
            as transaction_count_{{ period }},
        cast(coalesce(purchases.purchase_days_{{ period }}, 0) as bigint)
            as purchase_days_{{ period }},
        cast(coalesce(purchases.net_sales_{{ period }}, 0) as numeric(18, 2))
            as net_sales_{{ period }},
    {% endfor -%}
    purchases.last_transaction_date
from members
left join purchases
    on members.cust_id = purchases.cust_id
