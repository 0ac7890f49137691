-- Asked by AZKO's store operations after LP Bintaro (A341) closed: how many of its members came
-- back to AZKO within 90 days, and to which stores? The team's table: Member, Member Return,
-- % Member Return, then store by store the unique members and total sales. A member can be at
-- several stores.

with movement as (
    select * from {{ ref('site_closure_movement') }}
    where closed_site_code = 'A341'
)

select
    member_count as member_azko,
    member_return,
    pct_member_return,
    destination_site_code as store_code,
    destination_site_name as store,
    unique_member_count,
    net_sales as total_sales,
    first_member_count as came_here_first,
    is_mature as has_90_days
from movement
order by
    case
        when destination_site_code = 'ALL' then 0
        when destination_site_code = 'ONLINE' then 2
        when is_return then 1
        else 3
    end asc,
    unique_member_count desc,
    destination_site_code asc
