-- One row a month, business unit, store and SKU sold or returned there since Cohesive. The SKU
-- LINE_DIFFERENCE carries what receipts say beyond their lines. Nothing here follows from members
-- or products, so a month of a store without another receipt stays as it is.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'site_code, month_start', 'listed_in': 'int_touched__site_months'}
) }}
{% set site_month = '(site_code, ' ~ first_day_of_month('business_date') ~ ')' %}

with receipts as (
    select
        *,
        {{ first_day_of_month('business_date') }} as month_start
    from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and not is_pre_cohesive
        and {{ is_listed(site_month, 'int_touched__site_months', 'site_code, month_start') }}
),

receipt_lines {{ as_inlined() }} (
    select
        receive_main_id,
        bu_code,
        site_code,
        cust_id,
        qty,
        gross_sales,
        discount,
        net_sales,
        {{ first_day_of_month('business_date') }} as month_start,
        -- A product of the name that the difference has is UNKNOWN.
        case when sku = 'LINE_DIFFERENCE' then 'UNKNOWN' else sku end as sku,
        {{ is_transaction('receipt_status') }} as is_transaction
    from {{ ref('fct_receipt_lines') }}
    where
        not is_orphan
        and not is_pre_cohesive
        and {{ counts_in_net_sales('receipt_status') }}
        and {{ is_listed(site_month, 'int_touched__site_months', 'site_code, month_start') }}
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
        month_start,
        bu_code,
        site_code,
        sku,
        count(distinct case when is_transaction then receive_main_id end) as transaction_count,
        count(distinct case when is_transaction then cust_id end) as member_count,
        sum(qty) as qty,
        sum(coalesce(gross_sales, 0)) as gross_sales,
        sum(coalesce(discount, 0)) as discount,
        sum(net_sales) as net_sales
    from receipt_lines
    group by month_start, bu_code, site_code, sku
    union all
    select
        receipts.month_start,
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
    group by receipts.month_start, receipts.bu_code, receipts.site_code
)

select
    month_start,
    bu_code,
    site_code,
    sku,
    cast(transaction_count as bigint) as transaction_count,
    cast(member_count as bigint) as member_count,
    cast(qty as numeric(18, 3)) as qty,
    cast(gross_sales as numeric(18, 2)) as gross_sales,
    cast(discount as numeric(18, 2)) as discount,
    cast(net_sales as numeric(18, 2)) as net_sales
from site_skus
