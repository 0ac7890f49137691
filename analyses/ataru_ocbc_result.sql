-- Asked by ATARU and its partner OCBC: how did the joint campaign end? Messages, conversion,
-- vouchers and the sales of the promo period against the control period, in one row.

with messages as (
    select * from {{ ref('campaign_messages') }}
    where campaign_code = 'AT-OCBC25' and channel = 'email'
),

vouchers as (
    select * from {{ ref('voucher_program_performance') }}
    where program_code = 'AT-OCBC25' and bu_code = 'ALL'
),

evaluation as (
    select * from {{ ref('campaign_evaluation') }}
    where campaign_code = 'AT-OCBC25' and member_group = 'target'
)

select
    messages.campaign_name,
    messages.delivered_member_count,
    messages.open_rate,
    messages.click_through_rate,
    messages.converter_count,
    messages.conversion_rate,
    messages.converter_net_sales,
    vouchers.issued_count,
    vouchers.redeemed_count,
    vouchers.redemption_rate,
    vouchers.atv_with_voucher,
    vouchers.atv_without_voucher,
    evaluation.promo_net_sales as targets_promo_net_sales,
    evaluation.control_net_sales as targets_control_net_sales,
    evaluation.net_sales_change_ratio as targets_net_sales_change_ratio
from messages
cross join vouchers
cross join evaluation
