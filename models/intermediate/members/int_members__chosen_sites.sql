-- One row a member and period of the site that the member had chosen, as the delivered versions of
-- the member's row tell it; a null site is a period without choice. A version counts from its date
-- on, and of one day the last. Before the first version nothing is known.

with versions as (
    select
        cust_id,
        pref_site_code,
        _loaded_at,
        coalesce(updated_at, _loaded_at) as version_ts
    from {{ ref('base_cohesive__members') }}
    where reject_reason is null
),

ranked as (
    select
        cust_id,
        pref_site_code,
        cast(version_ts as date) as version_date,
        row_number() over (
            partition by cust_id, cast(version_ts as date)
            order by
                version_ts desc nulls last,
                _loaded_at desc nulls last,
                {{ text_order('pref_site_code') }} desc nulls last
        ) as version_rank
    from versions
),

days as (
    select
        cust_id,
        pref_site_code as site_code,
        version_date as valid_from,
        lag(version_date) over (partition by cust_id order by version_date) as previous_from,
        lag(pref_site_code) over (partition by cust_id order by version_date) as previous_site_code
    from ranked
    where version_rank = 1
),

changes as (
    select
        cust_id,
        site_code,
        valid_from,
        previous_from is null as is_first_known
    from days
    where
        previous_from is null
        or coalesce(site_code, '') <> coalesce(previous_site_code, '')
)

select
    cust_id,
    site_code,
    is_first_known,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by cust_id order by valid_from),
        cast('9999-12-31' as date)
    ) as valid_to
from changes
