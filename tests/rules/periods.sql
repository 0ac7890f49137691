-- L12M ends with the as-of month only on its last day; L1Y is always 365 days.
with cases (as_of_date, l12m_start, l12m_end, l1y_start) as (
    values
    ('2025-08-31', '2024-09-01', '2025-08-31', '2024-09-01'),
    ('2025-08-30', '2024-08-01', '2025-07-31', '2024-08-31'),
    ('2025-09-01', '2024-09-01', '2025-08-31', '2024-09-02'),
    ('2024-02-28', '2023-02-01', '2024-01-31', '2023-03-01'),
    ('2024-02-29', '2023-03-01', '2024-02-29', '2023-03-02'),
    ('2025-02-28', '2024-03-01', '2025-02-28', '2024-03-01'),
    ('2024-12-31', '2024-01-01', '2024-12-31', '2024-01-02'),
    ('2025-01-01', '2024-01-01', '2024-12-31', '2024-01-03')
),

actuals as (
    select
        as_of_date,
        cast({{ l12m_starts_on('cast(as_of_date as date)') }} as varchar) as actual_l12m_start,
        cast({{ last_month_end('cast(as_of_date as date)') }} as varchar) as actual_l12m_end,
        cast({{ l1y_starts_on('cast(as_of_date as date)') }} as varchar) as actual_l1y_start,
        l12m_start,
        l12m_end,
        l1y_start
    from cases
)

select
    as_of_date,
    actual_l12m_start,
    actual_l12m_end,
    actual_l1y_start
from actuals
where
    actual_l12m_start <> l12m_start
    or actual_l12m_end <> l12m_end
    or actual_l1y_start <> l1y_start
