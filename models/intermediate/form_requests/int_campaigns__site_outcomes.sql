-- One row a campaign with a scope of stores and store that was open through both periods: the
-- sales and transactions of its business unit in each, of the stores in scope (target, whatever
-- unit they are of by now) and the others of the unit (control).

with definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
    where scope_type = 'site' and promo_days > 0 and control_days > 0
),

scope_sites as (
    select
        campaign_code,
        scope_value as site_code
    from {{ ref('campaign_scope') }}
    group by campaign_code, scope_value
),

-- A store that opened or closed in between changed for another reason.
sites as (
    select * from {{ ref('dim_sites') }}
    where is_known and site_type <> 'online'
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where counts_in_net_sales and not is_pre_cohesive
),

compared_sites as (
    select
        definitions.campaign_code,
        definitions.bu_code,
        definitions.promo_starts_on,
        definitions.promo_ends_on,
        definitions.control_starts_on,
        definitions.control_ends_on,
        sites.site_code,
        case when scope_sites.site_code is null then 'control' else 'target' end as arm
    from definitions
    inner join sites
        on
            definitions.control_starts_on >= sites.opened_on
            and (sites.closed_on is null or definitions.promo_ends_on <= sites.closed_on)
    left join scope_sites
        on
            definitions.campaign_code = scope_sites.campaign_code
            and sites.site_code = scope_sites.site_code
    where
        scope_sites.site_code is not null
        or definitions.bu_code = sites.bu_code
),

sold as (
    select
        compared_sites.campaign_code,
        compared_sites.site_code,
        sum(
            case
                when
                    receipts.business_date >= compared_sites.promo_starts_on
                    then receipts.sales
                else 0
            end
        )
            as promo_net_sales,
        sum(
            case
                when
                    receipts.business_date < compared_sites.promo_starts_on
                    then receipts.sales
                else 0
            end
        )
            as control_net_sales,
        sum(
            case
                when
                    receipts.is_transaction
                    and receipts.business_date >= compared_sites.promo_starts_on
                    then 1
                else 0
            end
        ) as promo_transaction_count,
        sum(
            case
                when
                    receipts.is_transaction
                    and receipts.business_date < compared_sites.promo_starts_on
                    then 1
                else 0
            end
        ) as control_transaction_count
    from receipts
    inner join compared_sites
        on
            receipts.site_code = compared_sites.site_code
            and receipts.bu_code = compared_sites.bu_code
    where
        receipts.business_date between compared_sites.promo_starts_on
        and compared_sites.promo_ends_on
        or receipts.business_date between compared_sites.control_starts_on
        and compared_sites.control_ends_on
    group by compared_sites.campaign_code, compared_sites.site_code
)

select
    compared_sites.campaign_code,
    compared_sites.site_code,
    compared_sites.arm,
    cast(coalesce(sold.promo_net_sales, 0) as numeric(18, 2)) as promo_net_sales,
    cast(coalesce(sold.control_net_sales, 0) as numeric(18, 2)) as control_net_sales,
    cast(coalesce(sold.promo_transaction_count, 0) as bigint) as promo_transaction_count,
    cast(coalesce(sold.control_transaction_count, 0) as bigint) as control_transaction_count
from compared_sites
left join sold
    on
        compared_sites.campaign_code = sold.campaign_code
        and compared_sites.site_code = sold.site_code
