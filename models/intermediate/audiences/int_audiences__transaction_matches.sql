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

receipts as (
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
        business_units.bu_code
    from requests
    inner join definitions
        on requests.request_id = definitions.request_id
    inner join business_units
        on {{ in_list('business_units.bu_code', 'definitions.transacted_bu') }}
),

seen_receipts as (
    select
        request_units.request_id,
        receipts.receive_main_id,
        receipts.cust_id,
        receipts.business_date,
        receipts.site_code,
        receipts.sales_channel,
        receipts.fulfilment,
        receipts.sales,
        receipts.is_transaction
    from request_units
    inner join definitions
        on request_units.request_id = definitions.request_id
    inner join receipts
        on
            request_units.bu_code = receipts.bu_code
            and definitions.data_as_of >= receipts.business_date
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

receipts_with_skus as (
    select
        request_skus.request_id,
        receipt_lines.receive_main_id,
        max(case when request_skus.column_name = 'bought_category' then 1 else 0 end) = 1
            as has_category,
        max(case when request_skus.column_name = 'bought_brand' then 1 else 0 end) = 1
            as has_brand,
        max(case when request_skus.column_name = 'bought_sku' then 1 else 0 end) = 1 as has_sku
    from receipt_lines
    inner join request_skus
        on receipt_lines.sku = request_skus.sku
    group by request_skus.request_id, receipt_lines.receive_main_id
),

receipts_with_partners as (
    select
        request_values.request_id,
        payments.receive_main_id
    from payments
    inner join request_values
        on payments.payment_partner = request_values.list_value
    where request_values.column_name = 'payment_partner'
    group by request_values.request_id, payments.receive_main_id
),

matching_receipts as (
    select
        seen_receipts.request_id,
        seen_receipts.cust_id,
        seen_receipts.sales,
        seen_receipts.is_transaction
    from seen_receipts
    inner join definitions
        on seen_receipts.request_id = definitions.request_id
    inner join sites
        on seen_receipts.site_code = sites.site_code
    left join receipts_with_skus
        on
            seen_receipts.request_id = receipts_with_skus.request_id
            and seen_receipts.receive_main_id = receipts_with_skus.receive_main_id
    left join receipts_with_partners
        on
            seen_receipts.request_id = receipts_with_partners.request_id
            and seen_receipts.receive_main_id = receipts_with_partners.receive_main_id
    where
        coalesce(
            seen_receipts.business_date >= definitions.period_starts_on,
            definitions.period_starts_on is null
        )
        and seen_receipts.business_date <= definitions.period_ends_on
        and {{ in_list('seen_receipts.site_code', 'definitions.transacted_site') }}
        and {{ in_list('sites.site_type', 'definitions.transacted_site_type') }}
        and {{ in_list('seen_receipts.sales_channel', 'definitions.transacted_channel') }}
        and {{ in_list('seen_receipts.fulfilment', 'definitions.transacted_fulfilment') }}
        {% for criterion in ['category', 'brand', 'sku'] -%}
            and (
                definitions.bought_{{ criterion }} is null
                or coalesce(receipts_with_skus.has_{{ criterion }}, false)
            )
        {% endfor -%}
        and (
            definitions.payment_partner is null
            or receipts_with_partners.request_id is not null
        )
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
recent_buyers as (
    select
        seen_receipts.request_id,
        seen_receipts.cust_id
    from seen_receipts
    inner join definitions
        on seen_receipts.request_id = definitions.request_id
    where
        seen_receipts.is_transaction
        and seen_receipts.business_date
        > {{ date_add_days('definitions.data_as_of', '-definitions.lapsed_days') }}
    group by seen_receipts.request_id, seen_receipts.cust_id
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
