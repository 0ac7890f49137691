-- Rows in any order give the same number; another cell, a cell that is empty and not null, and a
-- row sent twice give another.
with cases (load_number, sku, qty) as (
    values
    (1, 'A', 1),
    (1, 'B', null),
    (2, 'B', null),
    (2, 'A', 1),
    (3, 'A', 1),
    (3, 'B', 2),
    (4, 'A', 1),
    (4, '', null),
    (5, 'A', 1),
    (5, null, null),
    (6, 'A', 1),
    (6, 'B', null),
    (6, 'B', null)
),

loads as (
    select
        load_number,
        {{ sum_of_row_hashes(['sku', 'qty']) }} as fingerprint
    from cases
    group by load_number
)

select
    loads.load_number,
    other_loads.load_number as other_number
from loads
inner join loads as other_loads
    on loads.load_number < other_loads.load_number
where
    (loads.fingerprint = other_loads.fingerprint)
    is distinct from (loads.load_number = 1 and other_loads.load_number = 2)
