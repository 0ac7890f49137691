-- One row a campaign and receipt in its scope, whatever number of its lines is: with what counts in
-- the scope. A receipt in several campaigns has a row in each.

with receipts as (
    select * from {{ ref('fct_receipts') }}
    where counts_in_net_sales and not is_pre_cohesive
),

lines as (
    select * from {{ ref('fct_receipt_lines') }}
    where {{ counts_in_net_sales('receipt_status') }} and not is_pre_cohesive
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

product_receipts as (
    select * from {{ ref('int_campaigns__product_receipts') }}
),

scope_sites as (
    select
        campaign_code,
        scope_value as site_code
    from {{ ref('campaign_scope') }}
    group by campaign_code, scope_value
),

whole_receipts as (
    select
        definitions.campaign_code,
        receipts.receive_main_id,
        receipts.sales as net_sales
    from receipts
    inner join definitions
        on
            receipts.bu_code = definitions.bu_code
            and receipts.business_date between definitions.receipts_start_on
            and definitions.receipts_end_on
    left join scope_sites
        on
            definitions.campaign_code = scope_sites.campaign_code
            and receipts.site_code = scope_sites.site_code
    where
        definitions.scope_type = 'all'
        or (definitions.scope_type = 'site' and scope_sites.site_code is not null)
),

wanted_receipts as (
    select receive_main_id
    from whole_receipts
    group by receive_main_id
),

units as (
    select
        lines.receive_main_id,
        sum(lines.qty) as qty
    from lines
    inner join wanted_receipts
        on lines.receive_main_id = wanted_receipts.receive_main_id
    group by lines.receive_main_id
),

in_scope as (
    select
        whole_receipts.campaign_code,
        whole_receipts.receive_main_id,
        whole_receipts.net_sales,
        coalesce(units.qty, 0) as qty
    from whole_receipts
    left join units
        on whole_receipts.receive_main_id = units.receive_main_id
    union all
    select
        campaign_code,
        receive_main_id,
        sum(net_sales) as net_sales,
        sum(qty) as qty
    from product_receipts
    group by campaign_code, receive_main_id
)

select
    in_scope.campaign_code,
    in_scope.receive_main_id,
    receipts.cust_id,
    receipts.site_code,
    receipts.business_date,
    receipts.trx_ts,
    receipts.is_transaction,
    cast(in_scope.net_sales as numeric(18, 2)) as net_sales,
    cast(in_scope.qty as numeric(18, 3)) as qty,
    case
        when
            receipts.business_date between definitions.promo_starts_on
            and definitions.promo_ends_on
            then 'promo'
        when
            receipts.business_date between definitions.control_starts_on
            and definitions.control_ends_on
            then 'control'
    end as period
from in_scope
inner join receipts
    on in_scope.receive_main_id = receipts.receive_main_id
inner join definitions
    on in_scope.campaign_code = definitions.campaign_code
