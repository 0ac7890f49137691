-- One row a request and another whose audience must be known first, and why: it is excluded, it
-- competes, it counts to the frequency cap, it shares a day's capacity.

with requests as (
    select * from {{ ref('int_audiences__requests') }}
    where is_buildable
),

exclusions as (
    select
        request_id,
        list_value as excluded_request_id
    from {{ ref('int_requests__values') }}
    where column_name = 'exclude_requests'
    group by request_id, list_value
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

pairs as (
    select
        later.request_id,
        earlier.request_id as waits_for,
        exclusions.request_id is not null as is_excluded,
        earlier.request_order < later.request_order
        and {{ is_competitor('earlier', 'later') }} as is_competitor,
        earlier.request_order < later.request_order
        and {{ is_planned_message('earlier', 'later', 'run.as_of_date') }} as is_planned_message,
        earlier.request_order < later.request_order
        and {{ shares_capacity('earlier', 'later') }} as shares_capacity
    from requests as later
    cross join requests as earlier
    cross join run
    left join exclusions
        on
            later.request_id = exclusions.request_id
            and earlier.request_id = exclusions.excluded_request_id
    where
        later.request_id <> earlier.request_id
        and not later.is_delivered
)

select
    request_id,
    waits_for,
    is_excluded,
    is_competitor,
    is_planned_message,
    shares_capacity
from pairs
where
    is_excluded
    or is_competitor
    or is_planned_message
    or shares_capacity
