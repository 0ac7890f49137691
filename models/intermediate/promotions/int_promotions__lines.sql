-- One row a promotion and receipt line that counts in it: lines of members' completed receipts, and
-- (is_return) the lines that return them, in the week of the return, for the period and business
-- unit of what they return. Member counts are not additive.

with listed_skus as (
    select * from {{ ref('int_promotions__listed_skus') }}
),

sale_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        {{ is_transaction('receipt_status') }}
        and cust_id is not null
        and not is_pre_cohesive
),

return_lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where
        receipt_status = 'return'
        and original_receive_main_id is not null
        and not is_pre_cohesive
),

-- A line only partly paid with koin is no Harga Spesial Koin; of a line that takes goods back, any
-- koin would be enough.
sales as (
    select
        listed_skus.promotion,
        listed_skus.period_code,
        listed_skus.bu_code,
        listed_skus.sku,
        listed_skus.koin_price,
        listed_skus.normal_price,
        sale_lines.receive_main_id,
        sale_lines.line_no,
        sale_lines.cust_id,
        sale_lines.week_start,
        sale_lines.qty,
        sale_lines.net_sales,
        sale_lines.koin_used
    from sale_lines
    inner join listed_skus
        on
            sale_lines.sku = listed_skus.sku
            and sale_lines.bu_code = listed_skus.bu_code
            and sale_lines.business_date between listed_skus.starts_on and listed_skus.ends_on
    where
        listed_skus.promotion = 'members_choice'
        or (
            sale_lines.qty > 0
            and sale_lines.koin_used >= listed_skus.koin_price * sale_lines.qty
        )
),

-- A receipt can have several lines of a SKU; a return names the SKU only.
sold_skus as (
    select
        promotion,
        period_code,
        bu_code,
        sku,
        koin_price,
        normal_price,
        receive_main_id
    from sales
    group by promotion, period_code, bu_code, sku, koin_price, normal_price, receive_main_id
),

returns as (
    select
        sold_skus.promotion,
        sold_skus.period_code,
        sold_skus.bu_code,
        sold_skus.sku,
        sold_skus.koin_price,
        sold_skus.normal_price,
        return_lines.receive_main_id,
        return_lines.line_no,
        return_lines.cust_id,
        return_lines.week_start,
        return_lines.qty,
        return_lines.net_sales,
        return_lines.koin_used
    from return_lines
    inner join sold_skus
        on
            return_lines.original_receive_main_id = sold_skus.receive_main_id
            and return_lines.sku = sold_skus.sku
),

counted as (
    select
        promotion,
        period_code,
        bu_code,
        sku,
        koin_price,
        normal_price,
        receive_main_id,
        line_no,
        cust_id,
        week_start,
        qty,
        net_sales,
        koin_used,
        false as is_return
    from sales
    union all
    select
        promotion,
        period_code,
        bu_code,
        sku,
        koin_price,
        normal_price,
        receive_main_id,
        line_no,
        cust_id,
        week_start,
        qty,
        net_sales,
        koin_used,
        true as is_return
    from returns
)

select
    promotion,
    period_code,
    bu_code,
    sku,
    receive_main_id,
    line_no,
    cust_id,
    week_start,
    is_return,
    qty,
    net_sales,
    koin_used,
    cast(qty * (normal_price - koin_price) as numeric(28, 6)) as value_given_away
from counted
