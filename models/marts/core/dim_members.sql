-- One row a member known as of the run; no contact data. An erased member keeps only the tier,
-- which the sales history is told by.

with members as (
    select * from {{ ref('int_members__resolved') }}
),

reachability as (
    select * from {{ ref('int_members__reachability') }}
)

select
    members.cust_id,
    members.tier_code,
    members.is_erased,
    reachability.email_reachability,
    reachability.whatsapp_reachability,
    case when not members.is_erased then members.gender end as gender,
    case when not members.is_erased then members.birth_date end as birth_date,
    case when not members.is_erased then members.is_full_registered end as is_full_registered,
    case when not members.is_erased then members.registered_at end as registered_at,
    case when not members.is_erased then members.activated_at end as activated_at,
    case when not members.is_erased then members.activation_status end as activation_status,
    case when not members.is_erased then members.domicile_city end as domicile_city,
    case when not members.is_erased then members.domicile_province end as domicile_province,
    case when not members.is_erased then members.chosen_site_code end as chosen_site_code,
    case when not members.is_erased then reachability.email_engagement end as email_engagement,
    not members.is_erased and reachability.is_email_opted_in as is_email_opted_in,
    not members.is_erased and reachability.is_whatsapp_opted_in as is_whatsapp_opted_in,
    not members.is_erased and reachability.is_email_bounced as is_email_bounced,
    not members.is_erased and reachability.is_whatsapp_bounced as is_whatsapp_bounced
from members
inner join reachability
    on members.cust_id = reachability.cust_id
