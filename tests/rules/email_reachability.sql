-- The first reason that applies, in the funnel's order; a bounce before the address changed does
-- not count. Times are days, 1 before 2.
with cases (
    case_name, is_erased, raw_email, opt_in, opted, unsubscribed, bounced, updated, expected
) as (
    values
    ('all well', false, 'a@b.co', true, 1, null, null, 1, 'reachable'),
    ('erased', true, null, null, null, null, null, null, 'erased'),
    ('no address', false, ' ', null, null, 2, 2, null, 'no_address'),
    ('invalid address', false, 'a@b', null, null, 2, 2, null, 'invalid_address'),
    ('opt-in not known', false, 'a@b.co', null, null, 2, 2, null, 'no_opt_in'),
    ('opt-in refused', false, 'a@b.co', false, null, null, null, null, 'no_opt_in'),
    ('unsubscribed', false, 'a@b.co', true, 1, 2, 2, null, 'unsubscribed'),
    ('opted in again', false, 'a@b.co', true, 3, 2, null, null, 'reachable'),
    ('bounced', false, 'a@b.co', true, 1, null, 2, 1, 'hard_bounce'),
    ('bounced at once', false, 'a@b.co', true, 1, null, 2, 2, 'hard_bounce'),
    ('new address', false, 'a@b.co', true, 1, null, 2, 3, 'reachable'),
    ('update not known', false, 'a@b.co', true, 1, null, 2, null, 'hard_bounce')
),

actuals as (
    select
        case_name,
        expected,
        {{ email_reachability(
            'is_erased',
            clean_text('raw_email'),
            valid_email_or_null('raw_email'),
            'opt_in',
            'opted',
            'unsubscribed',
            'bounced',
            'updated'
        ) }} as actual
    from cases
)

select
    case_name,
    expected,
    actual
from actuals
where actual is distinct from expected
