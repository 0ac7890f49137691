-- One row a SKU, also one that only receipt lines know: what it is, and when and how much it sold
-- since Cohesive.

with products as (
    select * from {{ ref('dim_products') }}
),

all_lines as (
    select * from {{ ref('fct_receipt_lines') }}
),

receipt_lines as (
    select * from all_lines
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
),

run as (
    select max(as_of_date) as as_of_date from {{ ref('int_form_requests__months') }}
),

-- The product UNKNOWN is there for joins; it is listed where a line names no SKU.
known_skus as (
    select sku
    from products
    where is_known
    union
    select sku
    from all_lines
),

sales as (
    select
        receipt_lines.sku,
        min(
            case
                when {{ is_transaction('receipt_lines.receipt_status') }}
                    then receipt_lines.business_date
            end
        ) as first_sale_date,
        max(
            case
                when {{ is_transaction('receipt_lines.receipt_status') }}
                    then receipt_lines.business_date
            end
        ) as last_sale_date,
        sum(
            case
                when receipt_lines.business_date >= {{ l1y_starts_on('run.as_of_date') }}
                    then receipt_lines.qty
            end
        ) as qty_l1y,
        sum(
            case
                when receipt_lines.business_date >= {{ l1y_starts_on('run.as_of_date') }}
                    then receipt_lines.net_sales
            end
        ) as net_sales_l1y
    from receipt_lines
    cross join run
    group by receipt_lines.sku
)

select
    products.sku,
    products.product_name,
    products.brand,
    products.department,
    products.category,
    products.subcategory,
    products.bu_code,
    products.normal_price,
    products.is_active,
    products.is_known,
    sales.first_sale_date,
    sales.last_sale_date,
    cast(coalesce(sales.qty_l1y, 0) as numeric(18, 3)) as qty_l1y,
    cast(coalesce(sales.net_sales_l1y, 0) as numeric(18, 2)) as net_sales_l1y
from products
inner join known_skus
    on products.sku = known_skus.sku
left join sales
    on products.sku = sales.sku
