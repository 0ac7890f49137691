-- One row a campaign and member in its target or holdout, as it was meant (intention to treat),
-- whatever arrived. Erased members are in no group.

with manifests as (
    select * from {{ ref('audience_delivery_manifests') }}
    where campaign_code is not null
),

deliveries as (
    select * from {{ ref('audience_deliveries') }}
    where outcome in ('target', 'holdout')
),

messages as (
    select * from {{ ref('int_campaigns__messages') }}
    where is_sent and cust_id is not null
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

delivered_campaigns as (
    select campaign_code
    from manifests
    group by campaign_code
),

-- Of several audiences of a campaign, one that targets the member is enough.
of_deliveries as (
    select
        manifests.campaign_code,
        deliveries.cust_id,
        max(case when deliveries.outcome = 'target' then 1 else 0 end) as target_flag
    from deliveries
    inner join manifests
        on deliveries.request_id = manifests.request_id
    group by manifests.campaign_code, deliveries.cust_id
),

-- Nobody wrote down who was to be sent a message and was not, so only those who were are known.
of_messages as (
    select
        messages.campaign_code,
        messages.cust_id
    from messages
    left join delivered_campaigns
        on messages.campaign_code = delivered_campaigns.campaign_code
    where delivered_campaigns.campaign_code is null
    group by messages.campaign_code, messages.cust_id
),

grouped as (
    select
        campaign_code,
        cust_id,
        case when target_flag = 1 then 'target' else 'holdout' end as member_group,
        'delivered_audience' as group_source
    from of_deliveries
    union all
    select
        campaign_code,
        cust_id,
        'target' as member_group,
        'messages' as group_source
    from of_messages
)

select
    grouped.campaign_code,
    grouped.cust_id,
    grouped.member_group,
    grouped.group_source
from grouped
inner join members
    on grouped.cust_id = members.cust_id
