-- One row a receipt that segments know and product category on it.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'cust_id', 'listed_in': 'int_touched__purchases'}
) }}

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
    where {{ is_listed('cust_id', 'int_touched__purchases') }}
),

-- Only lines of members, as others would be summed and then dropped.
receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        cust_id is not null
        and {{ is_listed('cust_id', 'int_touched__purchases') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

receipt_categories as (
    select
        receipt_lines.receive_main_id,
        products.category,
        sum(receipt_lines.net_sales) as net_sales
    from receipt_lines
    inner join products
        on receipt_lines.sku = products.sku
    group by receipt_lines.receive_main_id, products.category
)

select
    receipts.receive_main_id,
    receipts.cust_id,
    receipt_categories.category,
    receipts.business_date,
    receipts.is_transaction,
    receipts.is_l1y,
    cast(receipt_categories.net_sales as numeric(18, 2)) as net_sales
from receipts
inner join receipt_categories
    on receipts.receive_main_id = receipt_categories.receive_main_id
