-- is_transaction and counts_in_net_sales.
with cases (receipt_status, expected_transaction, expected_net_sales) as (
    values
    ('completed', true, true),
    ('return', false, true),
    ('void', false, false),
    ('other', false, false),
    (null, false, false)
),

actuals as (
    select
        receipt_status,
        expected_transaction,
        expected_net_sales,
        {{ is_transaction('receipt_status') }} as actual_transaction,
        {{ counts_in_net_sales('receipt_status') }} as actual_net_sales
    from cases
)

select
    receipt_status,
    actual_transaction,
    actual_net_sales
from actuals
where
    actual_transaction is distinct from expected_transaction
    or actual_net_sales is distinct from expected_net_sales
