-- One row: how far the data of the marts reach, in business dates and in loads.

with run as (
    select * from {{ ref('int_run__as_of') }}
)

select
    as_of_date,
    first_receipt_date,
    last_loaded_at,
    members_loaded_at
from run
