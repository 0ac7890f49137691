-- One row a business unit, and UNKNOWN for what refers to none of them.

with business_units as (
    select * from {{ ref('business_units') }}
)

select
    bu_code,
    bu_name,
    is_in_koin_in_out,
    true as is_known
from business_units
union all
select
    'UNKNOWN' as bu_code,
    'Unknown business unit' as bu_name,
    true as is_in_koin_in_out,
    false as is_known
