-- One row a member and season in whose windows of the last 24 whole months the member bought or
-- returned. A date can lie in two seasons, so seasons are not additive.

with receipts as (
    select * from {{ ref('int_segments__receipts') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

seasons as (
    select * from {{ ref('seasons') }}
),

run as (
    select * from {{ ref('int_run__as_of') }}
),

recent_receipts as (
    select
        receipts.cust_id,
        receipts.business_date,
        receipts.is_transaction,
        receipts.sales
    from receipts
    inner join run
        on
            receipts.business_date
            >= {{ add_months(date_add_days('run.as_of_date', 1), -var('seasonal_months')) }}
            and receipts.business_date <= {{ last_month_end('run.as_of_date') }}
),

season_dates as (
    select
        seasons.season,
        seasons.occurrence,
        dates.date_day
    from seasons
    inner join dates
        on dates.date_day between seasons.starts_on and seasons.ends_on
),

member_seasons as (
    select
        recent_receipts.cust_id,
        season_dates.season,
        sum(case when recent_receipts.is_transaction then 1 else 0 end) as trip_count,
        count(distinct case when recent_receipts.is_transaction then season_dates.occurrence end)
            as occurrence_count,
        sum(recent_receipts.sales) as net_sales
    from recent_receipts
    inner join season_dates
        on recent_receipts.business_date = season_dates.date_day
    group by recent_receipts.cust_id, season_dates.season
),

member_totals as (
    select
        cust_id,
        cast(sum(sales) as numeric(18, 2)) as member_net_sales
    from recent_receipts
    group by cust_id
),

programme_total as (
    select cast(sum(member_net_sales) as numeric(20, 2)) as all_net_sales
    from member_totals
),

season_sums as (
    select
        season,
        cast(sum(net_sales) as numeric(20, 2)) as season_net_sales
    from member_seasons
    group by season
),

season_totals as (
    select
        season_sums.season,
        season_sums.season_net_sales,
        programme_total.all_net_sales,
        {{ safe_divide('season_sums.season_net_sales', 'programme_total.all_net_sales') }}
            as season_spend_share
    from season_sums
    cross join programme_total
),

-- A share of nothing, or of less than nothing, is no share; and none is compared with such a one.
compared as (
    select
        member_seasons.cust_id,
        member_seasons.season,
        member_seasons.trip_count,
        member_seasons.occurrence_count,
        member_totals.member_net_sales,
        season_totals.all_net_sales,
        cast(member_seasons.net_sales as numeric(18, 2)) as net_sales,
        cast(
            case when season_totals.all_net_sales > 0 then season_totals.season_spend_share end
            as numeric(28, 6)
        ) as season_spend_share,
        case
            when season_totals.season_net_sales > 0 and season_totals.all_net_sales > 0
                then season_totals.season_net_sales
        end as positive_season_net_sales,
        case
            when member_totals.member_net_sales > 0 then member_totals.member_net_sales
        end as positive_net_sales
    from member_seasons
    inner join member_totals
        on member_seasons.cust_id = member_totals.cust_id
    inner join season_totals
        on member_seasons.season = season_totals.season
),

lifted as (
    select
        cust_id,
        season,
        trip_count,
        occurrence_count,
        net_sales,
        member_net_sales,
        season_spend_share,
        {{ safe_divide('net_sales', 'positive_net_sales') }} as spend_share,
        {{ exact_divide_products(
            ['net_sales', 'all_net_sales'], ['positive_net_sales', 'positive_season_net_sales']
        ) }} as lift
    from compared
)

select
    cust_id,
    season,
    cast(trip_count as bigint) as trips,
    cast(occurrence_count as bigint) as occurrence_count,
    cast(net_sales as numeric(18, 2)) as net_sales,
    cast(member_net_sales as numeric(18, 2)) as member_net_sales,
    spend_share,
    season_spend_share,
    lift,
    trip_count >= {{ var('seasonal_min_trips') }}
    and occurrence_count >= {{ var('seasonal_min_occurrences') }}
    and coalesce(lift >= {{ var('seasonal_min_lift') }}, false) as is_seasonal_shopper
from lifted
