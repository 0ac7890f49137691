-- One row a campaign with a list of products whose messages reached members (WSME and any other
-- channel), and SKU of the list, also where nobody bought it. Buyers and transactions are not
-- additive over SKUs: a receipt can hold several.

with products as (
    select * from {{ ref('int_campaigns__products') }}
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
    where messages_start_on is not null
),

messages as (
    select * from {{ ref('int_campaigns__messages') }}
    where is_delivered and cust_id is not null
),

member_windows as (
    select * from {{ ref('int_campaigns__member_windows') }}
),

product_receipts as (
    select * from {{ ref('int_campaigns__product_receipts') }}
),

campaign_receipts as (
    select * from {{ ref('int_campaigns__receipts') }}
),

whole_receipts as (
    select * from {{ ref('fct_receipts') }}
),

master as (
    select * from {{ ref('dim_products') }}
),

reached as (
    select
        campaign_code,
        count(*) as delivered_member_count
    from member_windows
    group by campaign_code
),

channels as (
    select
        campaign_code,
        max(case when channel = 'wsme' then 1 else 0 end) as wsme_flag
    from messages
    group by campaign_code
),

-- Everybody's receipts of the campaign's days, and whether one answers a message.
window_receipts as (
    select
        campaign_receipts.campaign_code,
        campaign_receipts.receive_main_id,
        campaign_receipts.cust_id,
        campaign_receipts.is_transaction,
        coalesce({{ is_conversion('member_windows', 'campaign_receipts') }}, false)
            as is_recipient
    from campaign_receipts
    inner join definitions
        on
            campaign_receipts.campaign_code = definitions.campaign_code
            and campaign_receipts.business_date between definitions.messages_start_on
            and definitions.messages_end_on
    left join member_windows
        on
            campaign_receipts.campaign_code = member_windows.campaign_code
            and campaign_receipts.cust_id = member_windows.cust_id
),

campaign_transactions as (
    select
        campaign_code,
        count(*) as campaign_transaction_count,
        sum(case when is_recipient then 1 else 0 end) as recipient_campaign_transaction_count
    from window_receipts
    where is_transaction
    group by campaign_code
),

sku_receipts as (
    select
        product_receipts.campaign_code,
        product_receipts.sku,
        product_receipts.receive_main_id,
        product_receipts.qty,
        product_receipts.net_sales,
        window_receipts.cust_id,
        window_receipts.is_transaction,
        window_receipts.is_recipient,
        whole_receipts.sales as receipt_net_sales
    from product_receipts
    inner join window_receipts
        on
            product_receipts.campaign_code = window_receipts.campaign_code
            and product_receipts.receive_main_id = window_receipts.receive_main_id
    inner join whole_receipts
        on product_receipts.receive_main_id = whole_receipts.receive_main_id
),

sold as (
    select
        campaign_code,
        sku,
        count(distinct case when is_recipient and is_transaction then cust_id end) as buyer_count,
        sum(case when is_recipient and is_transaction then 1 else 0 end) as transaction_count,
        sum(case when is_recipient then qty else 0 end) as qty,
        sum(case when is_recipient then net_sales else 0 end) as net_sales,
        sum(case when is_recipient and is_transaction then receipt_net_sales else 0 end)
            as receipts_net_sales,
        sum(case when is_transaction then 1 else 0 end) as all_transaction_count,
        sum(net_sales) as all_net_sales
    from sku_receipts
    group by campaign_code, sku
),

figures as (
    select
        products.campaign_code,
        products.sku,
        definitions.campaign_name,
        definitions.bu_code,
        definitions.messages_start_on,
        definitions.messages_end_on,
        cast(reached.delivered_member_count as bigint) as delivered_member_count,
        cast(coalesce(sold.buyer_count, 0) as bigint) as buyer_count,
        cast(coalesce(sold.transaction_count, 0) as bigint) as transaction_count,
        cast(coalesce(sold.qty, 0) as numeric(18, 3)) as qty,
        cast(coalesce(sold.net_sales, 0) as numeric(18, 2)) as net_sales,
        cast(coalesce(sold.receipts_net_sales, 0) as numeric(18, 2)) as receipts_net_sales,
        cast(coalesce(sold.all_transaction_count, 0) as bigint) as all_transaction_count,
        cast(coalesce(sold.all_net_sales, 0) as numeric(18, 2)) as all_net_sales,
        cast(coalesce(campaign_transactions.campaign_transaction_count, 0) as bigint)
            as campaign_transaction_count,
        cast(coalesce(campaign_transactions.recipient_campaign_transaction_count, 0) as bigint)
            as recipient_campaign_transaction_count,
        channels.wsme_flag = 1 as is_wsme,
        coalesce(master.product_name, 'UNKNOWN') as product_name,
        coalesce(master.category, 'UNKNOWN') as category,
        coalesce(master.brand, 'UNKNOWN') as brand,
        coalesce(master.is_known, false) as is_known_sku
    from products
    inner join definitions
        on products.campaign_code = definitions.campaign_code
    inner join reached
        on products.campaign_code = reached.campaign_code
    inner join channels
        on products.campaign_code = channels.campaign_code
    left join campaign_transactions
        on products.campaign_code = campaign_transactions.campaign_code
    left join sold
        on
            products.campaign_code = sold.campaign_code
            and products.sku = sold.sku
    left join master
        on products.sku = master.sku
)

select
    campaign_code,
    sku,
    campaign_name,
    bu_code,
    messages_start_on,
    messages_end_on,
    is_wsme,
    product_name,
    category,
    brand,
    is_known_sku,
    delivered_member_count,
    buyer_count,
    {{ safe_divide('buyer_count', 'delivered_member_count') }} as conversion_rate,
    transaction_count,
    qty,
    net_sales,
    {{ safe_divide('qty', 'transaction_count') }} as basket_size,
    {{ safe_divide('receipts_net_sales', 'transaction_count') }} as basket_value,
    all_transaction_count,
    all_net_sales,
    {{ safe_divide('net_sales', 'all_net_sales') }} as share_of_sku_sales,
    campaign_transaction_count,
    {{ safe_divide('transaction_count', 'campaign_transaction_count') }}
        as share_of_campaign_transactions,
    recipient_campaign_transaction_count,
    {{ safe_divide('recipient_campaign_transaction_count', 'campaign_transaction_count') }}
        as recipients_share_of_campaign_transactions,
    cast(
        row_number() over (
            partition by campaign_code
            order by net_sales desc nulls last, qty desc nulls last, {{ text_order('sku') }} asc
        ) as bigint
    ) as sales_rank
from figures
