-- The two steps of a mart on a spine of two BUs: previous values stay within their BU, and AZKO's
-- incomplete first week spoils itself and the next week only.
with weekly (bu_code, week_text, is_complete_week, sales, qty, expected_sales, expected_qty) as (
    values
    ('AZKO', '2025-01-06', false, 10, 1, 'null incomplete', 'null incomplete'),
    ('AZKO', '2025-01-13', true, 20, 2, 'null incomplete', 'null incomplete'),
    ('AZKO', '2025-01-20', true, 0, 3, '-1.000000 stopped', '0.500000 ok'),
    ('AZKO', '2025-01-27', true, 30, 0, 'null new', '-1.000000 stopped'),
    ('TOYS', '2025-01-13', true, 7, 0, 'null first_week', 'null first_week'),
    ('TOYS', '2025-01-20', true, 14, 0, '1.000000 ok', 'null flat_zero')
),

with_previous as (
    select
        bu_code,
        week_text,
        is_complete_week,
        sales,
        qty,
        expected_sales,
        expected_qty,
        {{ previous_week_columns(['sales', 'qty'], ['bu_code'], week='week_text') }}
    from weekly
),

final as (
    select
        with_previous.bu_code,
        with_previous.week_text,
        with_previous.expected_sales,
        with_previous.expected_qty,
        {{ week_over_week_columns(['sales', 'qty'], 'with_previous') }}
    from with_previous
),

described as (
    select
        bu_code,
        week_text,
        expected_sales,
        expected_qty,
        coalesce(cast(sales_wow as varchar), 'null') || ' ' || sales_wow_status as actual_sales,
        coalesce(cast(qty_wow as varchar), 'null') || ' ' || qty_wow_status as actual_qty
    from final
)

select
    bu_code,
    week_text,
    actual_sales,
    actual_qty
from described
where actual_sales <> expected_sales or actual_qty <> expected_qty
