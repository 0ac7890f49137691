-- One row a campaign code and channel of the message log. Recipients, openers, clickers and
-- converters are not additive over channels: a member can be in several.

with messages as (
    select * from {{ ref('int_campaigns__messages') }}
),

definitions as (
    select * from {{ ref('int_campaigns__definitions') }}
),

member_windows as (
    select * from {{ ref('int_campaigns__member_windows') }}
),

receipts as (
    select * from {{ ref('int_campaigns__receipts') }}
    where cust_id is not null
),

recipients as (
    select
        campaign_code,
        channel,
        recipient_id,
        max(cust_id) as cust_id,
        sum(case when is_sent then 1 else 0 end) as sent_count,
        sum(case when is_delivered then 1 else 0 end) as delivered_count,
        sum(case when is_bounced then 1 else 0 end) as bounced_count,
        max(case when is_delivered then 1 else 0 end) as was_delivered,
        max(case when is_opened then 1 else 0 end) as has_opened,
        max(case when is_clicked then 1 else 0 end) as has_clicked,
        max(case when is_machine_opened then 1 else 0 end) as has_machine_opened,
        max(case when is_unsubscribed then 1 else 0 end) as has_unsubscribed
    from messages
    group by campaign_code, channel, recipient_id
),

conversions as (
    select
        member_windows.campaign_code,
        member_windows.cust_id,
        max(case when receipts.is_transaction then 1 else 0 end) as is_converter,
        sum(case when receipts.is_transaction then 1 else 0 end) as transaction_count,
        sum(receipts.net_sales) as net_sales
    from member_windows
    inner join receipts
        on
            member_windows.campaign_code = receipts.campaign_code
            and member_windows.cust_id = receipts.cust_id
            and {{ is_conversion('member_windows', 'receipts') }}
    group by member_windows.campaign_code, member_windows.cust_id
),

sent as (
    select
        recipients.campaign_code,
        recipients.channel,
        sum(recipients.sent_count) as sent_count,
        sum(recipients.delivered_count) as delivered_count,
        sum(recipients.bounced_count) as bounced_count,
        count(*) as recipient_count,
        sum(recipients.was_delivered) as delivered_recipient_count,
        sum(case when recipients.cust_id is not null then recipients.was_delivered else 0 end)
            as delivered_member_count,
        sum(recipients.has_opened) as opener_count,
        sum(recipients.has_clicked) as clicker_count,
        sum(recipients.has_machine_opened) as machine_opener_count,
        sum(recipients.has_unsubscribed) as unsubscriber_count,
        sum(recipients.was_delivered * coalesce(conversions.is_converter, 0)) as converter_count,
        sum(
            recipients.was_delivered * coalesce(conversions.is_converter, 0)
            * coalesce(conversions.transaction_count, 0)
        ) as converter_transaction_count,
        sum(
            case
                when recipients.was_delivered = 1 and conversions.is_converter = 1
                    then conversions.net_sales
                else 0
            end
        ) as converter_net_sales,
        max(
            case
                when not member_windows.is_window_over then recipients.was_delivered
                else 0
            end
        ) as has_open_window
    from recipients
    left join conversions
        on
            recipients.campaign_code = conversions.campaign_code
            and recipients.cust_id = conversions.cust_id
    left join member_windows
        on
            recipients.campaign_code = member_windows.campaign_code
            and recipients.cust_id = member_windows.cust_id
    group by recipients.campaign_code, recipients.channel
),

shown as (
    select
        sent.campaign_code,
        sent.channel,
        definitions.campaign_name,
        definitions.bu_code,
        definitions.conversion_days,
        cast(sent.sent_count as bigint) as sent_count,
        cast(sent.delivered_count as bigint) as delivered_count,
        cast(sent.bounced_count as bigint) as bounced_count,
        cast(sent.recipient_count as bigint) as recipient_count,
        cast(sent.delivered_recipient_count as bigint) as delivered_recipient_count,
        cast(sent.opener_count as bigint) as opener_count,
        cast(sent.clicker_count as bigint) as clicker_count,
        cast(sent.machine_opener_count as bigint) as machine_opener_count,
        cast(sent.unsubscriber_count as bigint) as unsubscriber_count,
        cast(sent.delivered_member_count as bigint) as delivered_member_count,
        cast(
            case when definitions.campaign_code is not null then sent.converter_net_sales end
            as numeric(18, 2)
        ) as converter_net_sales,
        definitions.campaign_code is not null as is_known_campaign,
        case
            when definitions.campaign_code is not null then cast(sent.converter_count as bigint)
        end
            as converter_count,
        case
            when definitions.campaign_code is not null
                then cast(sent.converter_transaction_count as bigint)
        end as converter_transaction_count,
        case when definitions.campaign_code is not null then sent.has_open_window = 0 end
            as is_conversion_complete
    from sent
    left join definitions
        on sent.campaign_code = definitions.campaign_code
)

select
    campaign_code,
    channel,
    campaign_name,
    bu_code,
    conversion_days,
    is_known_campaign,
    sent_count,
    delivered_count,
    bounced_count,
    recipient_count,
    delivered_recipient_count,
    opener_count,
    clicker_count,
    machine_opener_count,
    unsubscriber_count,
    {{ safe_divide('opener_count', 'delivered_recipient_count') }} as open_rate,
    {{ safe_divide('clicker_count', 'delivered_recipient_count') }} as click_through_rate,
    {{ safe_divide('clicker_count', 'opener_count') }} as click_to_open_rate,
    {{ safe_divide('unsubscriber_count', 'delivered_recipient_count') }} as unsubscribe_rate,
    delivered_member_count,
    converter_count,
    {{ safe_divide('converter_count', 'delivered_member_count') }} as conversion_rate,
    converter_transaction_count,
    converter_net_sales,
    is_conversion_complete
from shown
