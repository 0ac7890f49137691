-- The first reason that applies, in the funnel's order; times are days, 1 before 2.
with cases (
    case_name, is_erased, phone, opt_in, opted, unsubscribed, bounced, updated, expected
) as (
    values
    ('all well', false, 'ok', true, 1, null, null, 1, 'reachable'),
    ('erased', true, 'ok', true, 1, null, null, 1, 'erased'),
    ('no phone', false, 'missing', true, 1, null, null, null, 'no_phone'),
    ('status not known', false, null, true, 1, null, null, null, 'no_phone'),
    ('fixed line', false, 'fixed_line', null, null, null, null, null, 'fixed_line'),
    ('dummy', false, 'dummy', true, 1, null, null, null, 'dummy'),
    ('opt-in not known', false, 'ok', null, null, null, null, null, 'no_opt_in'),
    ('unsubscribed', false, 'ok', true, 1, 2, null, null, 'unsubscribed'),
    ('bounced', false, 'ok', true, 1, null, 2, 1, 'hard_bounce'),
    ('new number', false, 'ok', true, 1, null, 2, 3, 'reachable')
),

actuals as (
    select
        case_name,
        expected,
        {{ whatsapp_reachability(
            'is_erased', 'phone', 'opt_in', 'opted', 'unsubscribed', 'bounced', 'updated'
        ) }} as actual
    from cases
)

select
    case_name,
    expected,
    actual
from actuals
where actual is distinct from expected
