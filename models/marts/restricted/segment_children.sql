-- One row a member with children: how many, and their ages at the as-of date. Restricted.

with children as (
    select * from {{ ref('member_children') }}
)

select
    cust_id,
    cast(count(*) as bigint) as child_count,
    min(child_age) as youngest_age,
    max(child_age) as oldest_age,
    {{ dbt.listagg('cast(child_age as varchar)', "'|'", 'order by child_age') }} as child_ages
from children
group by cust_id
