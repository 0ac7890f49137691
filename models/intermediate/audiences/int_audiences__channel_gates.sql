-- One row a channel and member who is not erased: the first gate that the channel itself closes to
-- the member, why, and whose contact it would use.

with channels as (
    select
        *,
        consent as medium
    from {{ ref('channels') }}
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

contacts as (
    select * from {{ ref('member_contacts') }}
),

attributes as (
    select
        channels.channel,
        channels.medium,
        channels.requires_full_registration,
        members.cust_id,
        members.is_full_registered,
        case channels.medium
            when 'email' then members.email_reachability
            when 'whatsapp' then members.whatsapp_reachability
        end as reachability,
        case channels.medium
            when 'email' then members.is_email_opted_in
            when 'whatsapp' then members.is_whatsapp_opted_in
            else true
        end as is_opted_in,
        case channels.medium
            when 'email' then members.is_email_bounced
            when 'whatsapp' then members.is_whatsapp_bounced
            else false
        end as is_bounced,
        case channels.medium
            when 'email' then {{ contact_key('channels.medium', 'contacts.email_holder_id') }}
            when 'whatsapp' then {{ contact_key('channels.medium', 'contacts.phone_holder_id') }}
        end as contact_key,
        case
            {% for attribute, column in channel_attributes().items() -%}
                when
                    {{ in_list(
                        "'" ~ attribute ~ "'", "coalesce(channels.required_attributes, '')"
                    ) }}
                    and not {{ is_usable_attribute(attribute, 'contacts.' ~ column) }}
                    then '{{ attribute }}'
            {% endfor -%}
        end as missing_attribute
    from channels
    cross join members
    inner join contacts
        on members.cust_id = contacts.cust_id
)

select
    channel,
    cust_id,
    contact_key,
    case
        when requires_full_registration and not is_full_registered then 'full_registration'
        when missing_attribute is not null then 'required_attributes'
        when not is_opted_in then 'consent'
        when is_bounced then 'deliverable'
    end as failed_gate,
    case
        when requires_full_registration and not is_full_registered then 'partial registration'
        when missing_attribute is not null then 'no usable ' || missing_attribute
        when not is_opted_in and reachability = 'unsubscribed' then 'unsubscribed'
        when not is_opted_in then 'no opt-in'
        when is_bounced then 'hard bounce'
    end as reason
from attributes
