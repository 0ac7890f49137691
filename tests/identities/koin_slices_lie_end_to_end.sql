-- A slice of an entry that does not begin where the one before it ends, or an entry not wholly cut
-- up.

with slices as (
    select * from {{ ref('int_koin__slices') }}
    where {{ is_tested_again('koin_id', 'int_touched__koin_entries') }}
),

positions as (
    select * from {{ ref('int_koin__positions') }}
    where
        cursor_step > 0
        and {{ is_tested_again('koin_id', 'int_touched__koin_entries') }}
),

ordered as (
    select
        koin_id,
        part_from,
        part_to,
        lag(part_to) over (partition by koin_id order by part_from) as previous_part_to,
        lead(part_from) over (partition by koin_id order by part_from) as next_part_from
    from slices
)

select
    positions.koin_id,
    ordered.part_from,
    ordered.part_to
from positions
left join ordered
    on positions.koin_id = ordered.koin_id
where
    ordered.koin_id is null
    or ordered.part_from <> coalesce(ordered.previous_part_to, 0)
    or (ordered.next_part_from is null and ordered.part_to <> positions.cursor_step)
