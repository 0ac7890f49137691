-- One row a request with criteria of transactions and member who meets them. All criteria hold on
-- one receipt; counts and spend are over the receipts that match, returns lower the spend.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable and not is_delivered
),

definitions as (
    select * from {{ ref('int_requests__definitions') }}
    where has_transaction_criteria
),

request_values as (
    select * from {{ ref('int_requests__values') }}
),

business_units as (
    select * from {{ ref('dim_business_units') }}
),

receipts {{ as_inlined() }} (
    select * from {{ ref('fct_receipts') }}
    where
        counts_in_net_sales
        and cust_id is not null
),

receipt_lines as (
    select * from {{ ref('fct_receipt_lines') }}
),

payments as (
    select * from {{ ref('fct_receipt_payments') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

sites as (
    select * from {{ ref('dim_sites') }}
),

-- A request that names no business unit sees every one, also the unknown.
request_units as (
    select
        definitions.request_id,
        business_units.bu_code,
        definitions.period_ends_on as ends_on,
        definitions.transacted_site,
        definitions.transacted_site_type,
        definitions.transacted_channel,
        definitions.transacted_fulfilment,
        coalesce(definitions.period_starts_on, cast('0001-01-01' as date)) as starts_on,
        case when definitions.bought_category is null then 0 else 1 end
        + case when definitions.bought_brand is null then 0 else 1 end
        + case when definitions.bought_sku is null then 0 else 1 end
        + case when definitions.payment_partner is null then 0 else 1 end as content_count
    from requests
    inner join definitions
        on requests.request_id = definitions.request_id
    inner join business_units
        on {{ in_list('business_units.bu_code', 'definitions.transacted_bu') }}
),

placed_receipts {{ as_inlined() }} (
    select
        receipts.receive_main_id,
        receipts.cust_id,
        receipts.bu_code,
        receipts.business_date,
        receipts.site_code,
        receipts.sales_channel,
        receipts.fulfilment,
        receipts.sales,
        receipts.is_transaction,
        sites.site_type
    from receipts
    inner join sites
        on receipts.site_code = sites.site_code
),

request_skus as (
    {% for column, attribute in [
        ('bought_category', 'category'), ('bought_brand', 'brand'), ('bought_sku', 'sku')
    ] -%}
        select
            request_values.request_id,
            request_values.column_name,
            products.sku
        from request_values
        inner join products
            on request_values.list_value = products.{{ attribute }}
        where request_values.column_name = '{{ column }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- What of the asked products and partners a receipt holds.
receipt_contents as (
    select
        request_skus.request_id,
        request_skus.column_name,
        receipt_lines.receive_main_id
    from receipt_lines
    inner join request_skus
        on receipt_lines.sku = request_skus.sku
    union all
    select
        request_values.request_id,
        request_values.column_name,
        payments.receive_main_id
    from payments
    inner join request_values
        on payments.payment_partner = request_values.list_value
    where request_values.column_name = 'payment_partner'
),

counted_contents as (
    select
        request_id,
        receive_main_id,
        count(distinct column_name) as content_count
    from receipt_contents
    group by request_id, receive_main_id
),

-- Most requests do not ask what a receipt holds, so most receipts need no look into it.
seen_receipts as (
    select
        request_units.request_id,
        request_units.bu_code,
        receipts.cust_id,
        receipts.business_date,
        receipts.site_code,
        receipts.site_type,
        receipts.sales_channel,
        receipts.fulfilment,
        receipts.sales,
        receipts.is_transaction
    from request_units
    inner join placed_receipts as receipts
        on request_units.bu_code = receipts.bu_code
    where
        request_units.content_count = 0
        and receipts.business_date >= request_units.starts_on
        and receipts.business_date <= request_units.ends_on
    union all
    select
        request_units.request_id,
        request_units.bu_code,
        receipts.cust_id,
        receipts.business_date,
        receipts.site_code,
        receipts.site_type,
        receipts.sales_channel,
        receipts.fulfilment,
        receipts.sales,
        receipts.is_transaction
    from counted_contents
    inner join placed_receipts as receipts
        on counted_contents.receive_main_id = receipts.receive_main_id
    inner join request_units
        on
            counted_contents.request_id = request_units.request_id
            and counted_contents.content_count = request_units.content_count
            and receipts.bu_code = request_units.bu_code
    where
        receipts.business_date >= request_units.starts_on
        and receipts.business_date <= request_units.ends_on
),

matching_receipts as (
    select
        seen_receipts.request_id,
        seen_receipts.cust_id,
        seen_receipts.sales,
        seen_receipts.is_transaction
    from seen_receipts
    inner join request_units
        on
            seen_receipts.request_id = request_units.request_id
            and seen_receipts.bu_code = request_units.bu_code
    where
        {{ in_list('seen_receipts.site_code', 'request_units.transacted_site') }}
        and {{ in_list('seen_receipts.site_type', 'request_units.transacted_site_type') }}
        and {{ in_list('seen_receipts.sales_channel', 'request_units.transacted_channel') }}
        and {{ in_list('seen_receipts.fulfilment', 'request_units.transacted_fulfilment') }}
),

member_totals as (
    select
        request_id,
        cust_id,
        sum(case when is_transaction then 1 else 0 end) as transaction_count,
        sum(sales) as net_sales
    from matching_receipts
    group by request_id, cust_id
),

-- Who bought lately at the business unit has not lapsed, whatever else the request asks.
lapse_units as (
    select
        definitions.request_id,
        business_units.bu_code,
        definitions.data_as_of,
        {{ date_add_days('definitions.data_as_of', '-definitions.lapsed_days') }} as lapsed_on
    from requests
    inner join definitions
        on requests.request_id = definitions.request_id
    inner join business_units
        on {{ in_list('business_units.bu_code', 'definitions.transacted_bu') }}
    where definitions.lapsed_days is not null
),

recent_buyers as (
    select
        lapse_units.request_id,
        receipts.cust_id
    from lapse_units
    inner join receipts
        on
            lapse_units.bu_code = receipts.bu_code
            and lapse_units.lapsed_on < receipts.business_date
            and lapse_units.data_as_of >= receipts.business_date
    where receipts.is_transaction
    group by lapse_units.request_id, receipts.cust_id
)

select
    member_totals.request_id,
    member_totals.cust_id
from member_totals
inner join definitions
    on member_totals.request_id = definitions.request_id
left join recent_buyers
    on
        member_totals.request_id = recent_buyers.request_id
        and member_totals.cust_id = recent_buyers.cust_id
where
    member_totals.transaction_count >= greatest(coalesce(definitions.min_transactions, 1), 1)
    and coalesce(
        member_totals.net_sales >= definitions.min_spend, definitions.min_spend is null
    )
    and (definitions.lapsed_days is null or recent_buyers.request_id is null)
