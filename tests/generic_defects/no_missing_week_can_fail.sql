-- Planted: AZKO lacks 2025-01-13. TOYS starts late, which is no gap.
with failures as (
    {{ test_no_missing_week(
        "(
            select
                code,
                cast(monday as date) as week_start
            from (values
                ('AZKO', '2025-01-06'), ('AZKO', '2025-01-20'), ('AZKO', '2025-01-27'),
                ('TOYS', '2025-01-20'), ('TOYS', '2025-01-27')
            ) as typed (code, monday)
        ) as planted",
        "week_start", partition_by=["code"]
    ) }}
),

found as (
    select
        count(*) as failure_count,
        sum(
            case when code = 'AZKO' and week_start = cast('2025-01-20' as date) then 1 else 0 end
        ) as planted_count
    from failures
)

select
    failure_count,
    planted_count
from found
where failure_count <> 1 or planted_count <> 1
