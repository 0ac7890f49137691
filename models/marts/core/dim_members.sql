-- One row a member known as of the run; no contact data. An erased member keeps only the tier,
-- which the sales history is told by.

with members as (
    select * from {{ ref('int_members__resolved') }}
)

select
    cust_id,
    tier_code,
    is_erased,
    case when not is_erased then gender end as gender,
    case when not is_erased then birth_date end as birth_date,
    case when not is_erased then is_full_registered end as is_full_registered,
    case when not is_erased then registered_at end as registered_at,
    case when not is_erased then activated_at end as activated_at,
    case when not is_erased then activation_status end as activation_status,
    case when not is_erased then domicile_city end as domicile_city,
    case when not is_erased then domicile_province end as domicile_province,
    case when not is_erased then chosen_site_code end as chosen_site_code
from members
