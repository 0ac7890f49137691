-- Each status once, in the order in which the first that applies wins.
with cases (
    case_name,
    this_week,
    last_week,
    is_complete,
    was_complete,
    is_first,
    expected_wow,
    expected_status
) as (
    values
    ('this week incomplete', 120, 100, false, true, false, null, 'incomplete'),
    ('week before incomplete', 120, 100, true, false, false, null, 'incomplete'),
    ('completeness not known', 120, 100, null, null, false, null, 'incomplete'),
    ('first week', 120, null, true, null, true, null, 'first_week'),
    ('first week incomplete', 120, null, false, null, true, null, 'incomplete'),
    ('previous null', 120, null, true, true, false, null, 'not_meaningful'),
    ('previous negative', 120, -100, true, true, false, null, 'not_meaningful'),
    ('previous negative, now 0', 0, -100, true, true, false, null, 'not_meaningful'),
    ('now null', null, 100, true, true, false, null, 'not_meaningful'),
    ('now null after 0', null, 0, true, true, false, null, 'not_meaningful'),
    ('0 and 0', 0, 0, true, true, false, null, 'flat_zero'),
    ('new', 5, 0, true, true, false, null, 'new'),
    ('negative after 0', -5, 0, true, true, false, null, 'new'),
    ('stopped', 0, 100, true, true, false, '-1', 'stopped'),
    ('up', 120, 100, true, true, false, '0.2', 'ok'),
    ('down by a third', 2, 3, true, true, false, '-0.333333', 'ok'),
    ('same', 100, 100, true, true, false, '0', 'ok'),
    ('below 0 from above', -50, 100, true, true, false, '-1.5', 'ok')
),

actuals as (
    select
        case_name,
        {{ week_over_week(
            'this_week', 'last_week', 'is_complete', 'was_complete', 'is_first'
        ) }} as actual_wow,
        {{ week_over_week_status(
            'this_week', 'last_week', 'is_complete', 'was_complete', 'is_first'
        ) }} as actual_status,
        cast(expected_wow as numeric(28, 6)) as expected_wow,
        expected_status
    from cases
)

select
    case_name,
    actual_wow,
    actual_status
from actuals
where actual_wow is distinct from expected_wow or actual_status is distinct from expected_status
