-- One row a child of a member who is not erased. Children's data are sensitive: restricted.

with children as (
    select * from {{ ref('stg_cohesive__member_children') }}
),

members as (
    select * from {{ ref('dim_members') }}
    where not is_erased
),

run as (
    select * from {{ ref('int_run__as_of') }}
)

select
    children.cust_id,
    children.child_no,
    children.birth_date as child_birth_date,
    {{ age_in_years('children.birth_date', 'run.as_of_date') }} as child_age
from children
inner join members
    on children.cust_id = members.cust_id
inner join run
    on coalesce(children.birth_date <= run.as_of_date, true)
