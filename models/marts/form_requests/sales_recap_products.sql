-- One row a month, business unit, store, category and SKU sold or returned there since Cohesive.
-- The SKU LINE_DIFFERENCE carries what receipts say beyond their lines, so that net sales are those
-- of the receipts. Transactions and members of several rows are not additive.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
),

receipt_lines {{ as_inlined() }} (
    select
        receive_main_id,
        business_date,
        bu_code,
        site_code,
        cust_id,
        qty,
        gross_sales,
        discount,
        net_sales,
        -- A product of the name that the difference has is UNKNOWN.
        case when sku = 'LINE_DIFFERENCE' then 'UNKNOWN' else sku end as sku,
        {{ is_transaction('receipt_status') }} as is_transaction
    from {{ ref('fct_receipt_lines') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
),

products as (
    select * from {{ ref('dim_products') }}
    where sku <> 'LINE_DIFFERENCE'
),

sites as (
    select * from {{ ref('dim_sites') }}
),

months as (
    select * from {{ ref('int_form_requests__months') }}
),

line_sums as (
    select
        receive_main_id,
        sum(net_sales) as net_sales
    from receipt_lines
    group by receive_main_id
),

-- A line says what its receipt says, so only receipts that differ from their lines are joined.
site_skus as (
    select
        {{ first_day_of_month('business_date') }} as month_start,
        bu_code,
        site_code,
        sku,
        count(distinct case when is_transaction then receive_main_id end) as transaction_count,
        count(distinct case when is_transaction then cust_id end) as member_count,
        sum(qty) as qty,
        sum(gross_sales) as gross_sales,
        sum(discount) as discount,
        sum(net_sales) as net_sales
    from receipt_lines
    group by {{ first_day_of_month('business_date') }}, bu_code, site_code, sku
    union all
    select
        {{ first_day_of_month('receipts.business_date') }} as month_start,
        receipts.bu_code,
        receipts.site_code,
        'LINE_DIFFERENCE' as sku,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        count(distinct case when receipts.is_transaction then receipts.cust_id end)
            as member_count,
        0 as qty,
        0 as gross_sales,
        0 as discount,
        sum(receipts.sales - coalesce(line_sums.net_sales, 0)) as net_sales
    from receipts
    left join line_sums
        on receipts.receive_main_id = line_sums.receive_main_id
    where receipts.sales <> coalesce(line_sums.net_sales, 0)
    group by
        {{ first_day_of_month('receipts.business_date') }},
        receipts.bu_code,
        receipts.site_code
),

with_totals as (
    select
        month_start,
        bu_code,
        site_code,
        sku,
        transaction_count,
        member_count,
        qty,
        gross_sales,
        discount,
        net_sales,
        sum(net_sales) over (partition by month_start, bu_code, site_code) as site_net_sales,
        sum(net_sales) over (partition by month_start, bu_code) as bu_net_sales
    from site_skus
)

select
    with_totals.month_start,
    with_totals.bu_code,
    with_totals.site_code,
    coalesce(products.category, 'LINE_DIFFERENCE') as category,
    with_totals.sku,
    sites.site_name,
    coalesce(products.product_name, 'LINE_DIFFERENCE') as product_name,
    coalesce(products.brand, 'LINE_DIFFERENCE') as brand,
    coalesce(products.department, 'LINE_DIFFERENCE') as department,
    months.is_complete_month,
    cast(with_totals.transaction_count as bigint) as transaction_count,
    cast(with_totals.member_count as bigint) as member_count,
    cast(with_totals.qty as numeric(18, 3)) as qty,
    cast(with_totals.gross_sales as numeric(18, 2)) as gross_sales,
    cast(with_totals.discount as numeric(18, 2)) as discount,
    cast(with_totals.net_sales as numeric(18, 2)) as net_sales,
    {{ safe_divide('with_totals.net_sales', 'with_totals.site_net_sales') }}
        as share_of_site_sales,
    {{ safe_divide('with_totals.net_sales', 'with_totals.bu_net_sales') }} as share_of_bu_sales
from with_totals
inner join months
    on with_totals.month_start = months.month_start
inner join sites
    on with_totals.site_code = sites.site_code
left join products
    on with_totals.sku = products.sku
