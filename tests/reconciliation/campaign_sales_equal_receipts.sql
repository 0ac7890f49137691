-- A campaign whose promo or control figures of everybody are not those of the receipts of its
-- scope, counted anew from the facts: a receipt or line twice, or lost.

with campaigns as (
    select * from {{ ref('campaigns') }}
),

scope as (
    select
        campaign_code,
        scope_value
    from {{ ref('campaign_scope') }}
    group by campaign_code, scope_value
),

evaluation as (
    select * from {{ ref('campaign_evaluation') }}
    where member_group = 'all'
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where counts_in_net_sales and not is_pre_cohesive
),

lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where {{ counts_in_net_sales('receipt_status') }} and not is_pre_cohesive
),

products as (
    select * from {{ ref('dim_products') }}
),

counted as (
    select
        campaigns.campaign_code,
        sum(receipts.sales) as net_sales,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        count(distinct case when receipts.is_transaction then receipts.cust_id end) as member_count
    from campaigns
    inner join receipts
        on
            campaigns.bu_code = receipts.bu_code
            and receipts.business_date between campaigns.promo_starts_on and campaigns.promo_ends_on
    left join scope
        on
            campaigns.campaign_code = scope.campaign_code
            and receipts.site_code = scope.scope_value
    where
        campaigns.scope_type = 'all'
        or (campaigns.scope_type = 'site' and scope.scope_value is not null)
    group by campaigns.campaign_code
    union all
    select
        campaigns.campaign_code,
        sum(lines.net_sales) as net_sales,
        count(distinct case when lines.receipt_status = 'completed' then lines.receive_main_id end)
            as transaction_count,
        count(distinct case when lines.receipt_status = 'completed' then lines.cust_id end)
            as member_count
    from campaigns
    inner join lines
        on
            campaigns.bu_code = lines.bu_code
            and lines.business_date between campaigns.promo_starts_on and campaigns.promo_ends_on
    left join products
        on lines.sku = products.sku
    inner join scope
        on
            campaigns.campaign_code = scope.campaign_code
            and case when campaigns.scope_type = 'sku' then lines.sku else products.category end
            = scope.scope_value
    where campaigns.scope_type in ('sku', 'category')
    group by campaigns.campaign_code
)

select evaluation.campaign_code
from evaluation
left join counted
    on evaluation.campaign_code = counted.campaign_code
where
    evaluation.promo_net_sales <> coalesce(counted.net_sales, 0)
    or evaluation.promo_transaction_count <> coalesce(counted.transaction_count, 0)
    or evaluation.promo_member_count <> coalesce(counted.member_count, 0)
