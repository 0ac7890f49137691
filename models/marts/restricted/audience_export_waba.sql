-- One row a WABA request and target, with exactly the columns of the channel's file.
-- Contacts are those of today: who was erased since, or lacks one of them by now, has left it.

with audience_members as (
    select * from {{ ref('audience_members') }}
),

manifest as (
    select * from {{ ref('audience_manifest') }}
    where channel = 'WABA'
),

contacts as (
    select * from {{ ref('member_contacts') }}
)

select
    audience_members.request_id,
    audience_members.cust_id,
    contacts.rrr_id,
    contacts.full_name as name, -- noqa: RF04
    contacts.wa_phone as phone_number
from audience_members
inner join manifest
    on audience_members.request_id = manifest.request_id
inner join contacts
    on audience_members.cust_id = contacts.cust_id
where
    contacts.rrr_id is not null
    and contacts.full_name is not null
    and contacts.wa_phone is not null
