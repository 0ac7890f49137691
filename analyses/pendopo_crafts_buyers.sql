-- Asked by PENDOPO for a campaign on local products: who bought crafts at PENDOPO in the last
-- year, how much and when last? Members who asked to be forgotten are left out.

with receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        bu_code = 'PENDOPO'
        and receipt_status = 'completed'
        and not is_pre_cohesive
),

products as (
    select * from {{ ref('product_list') }}
    where department = 'Crafts'
),

members as (
    select * from {{ ref('member_profile') }}
),

run as (
    select max(last_known_date) as as_of_date from {{ ref('dim_weeks') }}
)

select
    members.cust_id,
    members.tier_code,
    members.activation_status,
    members.domicile_city,
    count(distinct receipt_lines.receive_main_id) as transaction_count,
    sum(receipt_lines.qty) as qty,
    sum(receipt_lines.net_sales) as sales,
    max(receipt_lines.business_date) as last_bought_on
from receipt_lines
inner join products
    on receipt_lines.sku = products.sku
inner join members
    on receipt_lines.cust_id = members.cust_id
inner join run
    on receipt_lines.business_date >= {{ l1y_starts_on('run.as_of_date') }}
group by
    members.cust_id,
    members.tier_code,
    members.activation_status,
    members.domicile_city
order by sales desc, members.cust_id asc
