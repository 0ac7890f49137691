-- One row a member who is known as of the run and not erased: contacts, masked, for those who may
-- not see them. Still personal data.

with members as (
    select * from {{ ref('stg_cohesive__members') }}
),

dim_members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
)

select
    members.cust_id,
    {{ mask_email('members.email') }} as masked_email,
    {{ mask_phone('members.phone') }} as masked_wa_phone
from members
inner join dim_members
    on members.cust_id = dim_members.cust_id
