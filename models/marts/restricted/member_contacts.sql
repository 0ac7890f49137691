-- One row a member who is known as of the run and not erased: ids and contact data, for the
-- pipeline and the campaign role alone.

with members as (
    select * from {{ ref('stg_cohesive__members') }}
),

dim_members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

known_members as (
    select
        members.cust_id,
        members.email,
        members.phone
    from members
    inner join dim_members
        on members.cust_id = dim_members.cust_id
),

shared_emails as (
    select
        email,
        min({{ text_order('cust_id') }}) as holder_id
    from known_members
    where email is not null
    group by email
    having count(*) > 1
),

shared_phones as (
    select
        phone,
        min({{ text_order('cust_id') }}) as holder_id
    from known_members
    where phone is not null
    group by phone
    having count(*) > 1
)

select
    members.cust_id,
    members.rrr_id,
    members.odi_id,
    members.stamps_user_id,
    members.full_name,
    members.email,
    members.phone as wa_phone,
    members.phone_status,
    members.has_several_numbers,
    members.email_raw is not null as has_email_text,
    case
        when members.email is not null
            then coalesce(shared_emails.holder_id, members.cust_id)
    end as email_holder_id,
    case
        when members.phone is not null
            then coalesce(shared_phones.holder_id, members.cust_id)
    end as phone_holder_id
from members
inner join known_members
    on members.cust_id = known_members.cust_id
left join shared_emails
    on members.email = shared_emails.email
left join shared_phones
    on members.phone = shared_phones.phone
