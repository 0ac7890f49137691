-- One row a campaign and SKU of its scope: SKUs that the scope lists, or those of its categories. A
-- SKU that several rows of the list name is here once.

with campaigns as (
    select * from {{ ref('campaigns') }}
    where scope_type in ('sku', 'category')
),

scope as (
    select * from {{ ref('campaign_scope') }}
),

products as (
    select * from {{ ref('dim_products') }}
),

listed as (
    select
        scope.campaign_code,
        scope.scope_value as sku
    from scope
    inner join campaigns
        on scope.campaign_code = campaigns.campaign_code
    where campaigns.scope_type = 'sku'
    union all
    select
        scope.campaign_code,
        products.sku
    from scope
    inner join campaigns
        on scope.campaign_code = campaigns.campaign_code
    inner join products
        on {{ spelling_key('scope.scope_value') }} = {{ spelling_key('products.category') }}
    where campaigns.scope_type = 'category'
)

select
    campaign_code,
    sku
from listed
group by campaign_code, sku
