-- Asked by PENDOPO for a campaign on local products: who bought crafts at PENDOPO in the last
-- year, how much (less what they brought back) and when last? Members who asked to be forgotten are
-- left out.

with receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        bu_code = 'PENDOPO'
        and {{ counts_in_net_sales('receipt_status') }}
        and not is_pre_cohesive
),

products as (
    select * from {{ ref('product_list') }}
    where {{ spelling_key('department') }} = 'crafts'
),

members as (
    select * from {{ ref('member_profile') }}
),

run as (
    select max(last_known_date) as as_of_date from {{ ref('dim_weeks') }}
),

crafts as (
    select
        receipt_lines.cust_id,
        receipt_lines.receive_main_id,
        receipt_lines.business_date,
        receipt_lines.qty,
        receipt_lines.net_sales,
        {{ is_transaction('receipt_lines.receipt_status') }} as is_transaction
    from receipt_lines
    inner join products
        on receipt_lines.sku = products.sku
    inner join run
        on receipt_lines.business_date >= {{ l1y_starts_on('run.as_of_date') }}
),

-- Who only brought something back in the year bought it before.
buyers as (
    select
        cust_id,
        count(distinct case when is_transaction then receive_main_id end) as transaction_count,
        sum(qty) as qty,
        sum(net_sales) as net_sales,
        max(case when is_transaction then business_date end) as last_bought_on
    from crafts
    group by cust_id
)

select
    members.cust_id,
    members.tier_code,
    members.activation_status,
    members.domicile_city,
    buyers.transaction_count,
    buyers.qty,
    buyers.net_sales,
    buyers.last_bought_on
from buyers
inner join members
    on buyers.cust_id = members.cust_id
where buyers.transaction_count > 0
order by buyers.net_sales desc, members.cust_id asc
