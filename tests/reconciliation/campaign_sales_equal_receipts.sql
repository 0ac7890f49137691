-- A campaign whose promo or control figures of everybody are not those of the receipts of its
-- scope, counted anew from the facts: a receipt or line twice, or lost.

with definitions as (
    select * from {{ ref('campaigns') }}
),

listed as (
    select * from {{ ref('campaign_scope') }}
),

campaigns as (
    {% for period in ['promo', 'control'] -%}
        select
            campaign_code,
            bu_code,
            scope_type,
            '{{ period }}' as period,
            {{ period }}_starts_on as starts_on,
            {{ period }}_ends_on as ends_on
        from definitions
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

scope as (
    select
        listed.campaign_code,
        listed.scope_value
    from listed
    inner join definitions
        on listed.campaign_code = definitions.campaign_code
    where definitions.scope_type in ('site', 'sku')
    group by listed.campaign_code, listed.scope_value
    union all
    select
        listed.campaign_code,
        {{ spelling_key('listed.scope_value') }} as scope_value
    from listed
    inner join definitions
        on listed.campaign_code = definitions.campaign_code
    where definitions.scope_type = 'category'
    group by listed.campaign_code, {{ spelling_key('listed.scope_value') }}
),

evaluation as (
    {% for period in ['promo', 'control'] -%}
        select
            campaign_code,
            '{{ period }}' as period,
            {{ period }}_net_sales as net_sales,
            {{ period }}_transaction_count as transaction_count,
            {{ period }}_member_count as member_count
        from {{ ref('campaign_evaluation') }}
        where member_group = 'all'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where counts_in_net_sales and not is_pre_cohesive
),

lines as (
    select
        *,
        {{ is_transaction('receipt_status') }} as is_transaction
    from {{ ref('fct_receipt_lines') }}
    where {{ counts_in_net_sales('receipt_status') }} and not is_pre_cohesive
),

products as (
    select
        sku,
        {{ spelling_key('category') }} as category_key
    from {{ ref('dim_products') }}
),

counted as (
    select
        campaigns.campaign_code,
        campaigns.period,
        sum(receipts.sales) as net_sales,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        count(distinct case when receipts.is_transaction then receipts.cust_id end) as member_count
    from campaigns
    inner join receipts
        on
            campaigns.bu_code = receipts.bu_code
            and receipts.business_date between campaigns.starts_on and campaigns.ends_on
    left join scope
        on
            campaigns.campaign_code = scope.campaign_code
            and receipts.site_code = scope.scope_value
    where
        campaigns.scope_type = 'all'
        or (campaigns.scope_type = 'site' and scope.scope_value is not null)
    group by campaigns.campaign_code, campaigns.period
    union all
    select
        campaigns.campaign_code,
        campaigns.period,
        sum(lines.net_sales) as net_sales,
        count(distinct case when lines.is_transaction then lines.receive_main_id end)
            as transaction_count,
        count(distinct case when lines.is_transaction then lines.cust_id end) as member_count
    from campaigns
    inner join lines
        on
            campaigns.bu_code = lines.bu_code
            and lines.business_date between campaigns.starts_on and campaigns.ends_on
    left join products
        on lines.sku = products.sku
    inner join scope
        on
            campaigns.campaign_code = scope.campaign_code
            and case when campaigns.scope_type = 'sku' then lines.sku else products.category_key end
            = scope.scope_value
    where campaigns.scope_type in ('sku', 'category')
    group by campaigns.campaign_code, campaigns.period
)

select
    evaluation.campaign_code,
    evaluation.period
from evaluation
left join counted
    on
        evaluation.campaign_code = counted.campaign_code
        and evaluation.period = counted.period
where
    evaluation.net_sales <> coalesce(counted.net_sales, 0)
    or evaluation.transaction_count <> coalesce(counted.transaction_count, 0)
    or evaluation.member_count <> coalesce(counted.member_count, 0)
