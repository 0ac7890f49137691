-- Asked by AZKO's loyalty managers after a campaign: Festival Koin against its control period, for
-- everybody and for the members who were sent it. Two periods are compared, not two groups: what
-- the campaign caused stands in campaign_uplift, once there is a holdout.

with evaluation as (
    select * from {{ ref('campaign_evaluation') }}
)

select
    member_group,
    promo_status,
    has_equal_days,
    promo_net_sales,
    control_net_sales,
    net_sales_change_ratio,
    promo_transaction_count,
    control_transaction_count,
    transaction_count_change_ratio,
    promo_member_count,
    control_member_count,
    promo_atv,
    control_atv,
    promo_upt,
    control_upt,
    new_member_count,
    repeating_member_count,
    returning_member_count,
    lapsed_member_count
from evaluation
where campaign_code = 'AZ-FESKOIN25' and member_group <> 'holdout'
order by member_group
