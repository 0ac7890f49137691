-- One row a seasonal shopper with the seasons, separated by |.

with seasonal as (
    select * from {{ ref('segment_seasonal') }}
    where is_seasonal_shopper
)

select
    cust_id,
    {{ dbt.listagg('season', "'|'", 'order by season') }} as seasonal_labels
from seasonal
group by cust_id
