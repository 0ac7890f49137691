-- Members or contacts in the audiences of two requests that compete.
with outcomes as (
    select * from {{ ref('int_audiences__outcomes') }}
    where outcome in ('target', 'holdout')
),

competitors as (
    select * from {{ ref('int_audiences__dependencies') }}
    where is_competitor
),

keys as (
    select
        request_id,
        'member ' || cust_id as taken_key
    from outcomes
    union all
    select
        request_id,
        contact_key as taken_key
    from outcomes
    where contact_key is not null
)

select
    competitors.request_id,
    competitors.waits_for,
    later.taken_key
from competitors
inner join keys as later
    on competitors.request_id = later.request_id
inner join keys as earlier
    on
        competitors.waits_for = earlier.request_id
        and later.taken_key = earlier.taken_key
