-- One row a product category: the number that stands for it in the large tables, where text would
-- be written, read and compared millions of times.

with products as (
    select * from {{ ref('dim_products') }}
    where category <> 'UNKNOWN'
),

categories as (
    select category
    from products
    group by category
)

select
    category,
    cast(row_number() over (order by {{ text_order('category') }}) - 1 as integer)
        as category_number
from categories
