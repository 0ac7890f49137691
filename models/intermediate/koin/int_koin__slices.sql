-- One row an entry that consumes (redeem, expire, reverse_issue, adjust below 0) and slice of it,
-- with the slice's issuer. The parts of an entry lie end to end from 0 to its koin, in the order of
-- consumption.
{{ config(
    materialized='incremental',
    meta={'recomputed_by': 'koin_id', 'listed_in': 'int_touched__koin_entries'}
) }}

with positions as (
    select * from {{ ref('int_koin__positions') }}
    where
        cursor_step > 0
        and {{ is_listed('koin_id', 'int_touched__koin_entries') }}
),

fifo_slices as (
    select * from {{ ref('int_koin__fifo_slices') }}
    where {{ is_listed('koin_id', 'int_touched__koin_entries') }}
)

select
    koin_id,
    cast(0 as bigint) as part_from,
    cursor_step as part_to,
    issue_bu_code,
    attribution_method
from positions
where attribution_method is not null
union all
select
    fifo_slices.koin_id,
    fifo_slices.part_from,
    fifo_slices.part_to,
    fifo_slices.issue_bu_code,
    fifo_slices.attribution_method
from fifo_slices
inner join positions
    on fifo_slices.koin_id = positions.koin_id
