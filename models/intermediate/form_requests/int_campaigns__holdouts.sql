-- One row a campaign with delivered audiences: the least and the greatest share of its members that
-- one of them held out. Where they differ, it is not chance alone who is in the holdout. What was
-- asked is compared, as the manifest says it: what was drawn differs by chance.

with manifests as (
    select * from {{ ref('audience_delivery_manifests') }}
    where campaign_code is not null and target_count + holdout_count > 0
),

worded as (
    select
        campaign_code,
        {{ dbt.split_part(
            dbt.split_part("'; ' || definition", "'; holdout pct: '", 2), "'; '", 1
        ) }} as holdout_cell
    from manifests
),

typed as (
    select
        campaign_code,
        {{ request_value('holdout_cell', 'percent') }} as holdout_pct
    from worded
),

-- No word of it: nobody was to be held out.
shares as (
    select
        campaign_code,
        {{ share_of_percent('coalesce(holdout_pct, 0)') }} as holdout_share
    from typed
)

select
    campaign_code,
    cast(min(holdout_share) as numeric(9, 6)) as least_holdout_share,
    cast(max(holdout_share) as numeric(9, 6)) as greatest_holdout_share
from shares
group by campaign_code
