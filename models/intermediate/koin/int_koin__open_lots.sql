-- One row a member and expiry date with koin left of the lots that expire then, as of the run; a
-- null date is of lots that never expire.

with issuer_lots as (
    select * from {{ ref('int_koin__open_issuer_lots') }}
)

select
    cust_id,
    expires_on,
    cast(sum(koin_left) as bigint) as koin_left
from issuer_lots
group by cust_id, expires_on
