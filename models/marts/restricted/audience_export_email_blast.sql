-- One row an EMAIL_BLAST request and target, with exactly the columns of the channel's file.
-- Contacts are those of today: who was erased since, or lacks one of them by now, has left it.

with audience_members as (
    select * from {{ ref('audience_members') }}
),

manifest as (
    select * from {{ ref('audience_manifest') }}
    where channel = 'EMAIL_BLAST'
),

contacts as (
    select * from {{ ref('member_contacts') }}
)

select
    audience_members.request_id,
    audience_members.cust_id,
    contacts.rrr_id,
    contacts.odi_id,
    contacts.stamps_user_id as user_id_stamps,
    contacts.email,
    contacts.wa_phone as no_hp
from audience_members
inner join manifest
    on audience_members.request_id = manifest.request_id
inner join contacts
    on audience_members.cust_id = contacts.cust_id
where
    contacts.rrr_id is not null
    and contacts.odi_id is not null
    and contacts.stamps_user_id is not null
    and contacts.email is not null
    and contacts.wa_phone is not null
