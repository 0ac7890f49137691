-- One row a calendar day. The only place that knows weeks (Monday to Sunday) and Indonesian
-- seasons.

with days as (
    {{ date_series(
        "cast('" ~ var('calendar_starts_on') ~ "' as date)",
        "cast('" ~ var('calendar_ends_on') ~ "' as date)",
    ) }}
),

holidays as (
    select * from {{ ref('holidays') }}
),

seasons as (
    select * from {{ ref('seasons') }}
),

-- A season's windows never overlap those of the same season, so each day has at most one row a
-- season.
season_days as (
    select
        days.date_day,
        max(case when seasons.season = 'LEBARAN' then 1 else 0 end) as is_lebaran_season,
        max(case when seasons.season = 'BACK_TO_SCHOOL' then 1 else 0 end)
            as is_back_to_school_season,
        max(case when seasons.season = 'MERDEKA' then 1 else 0 end) as is_merdeka_season,
        max(case when seasons.season = 'HARBOLNAS' then 1 else 0 end) as is_harbolnas_season,
        max(case when seasons.season = 'CHRISTMAS_NEW_YEAR' then 1 else 0 end)
            as is_christmas_new_year_season,
        max(
            case
                when seasons.season = 'LEBARAN'
                    then {{ date_diff_days('seasons.starts_on', 'days.date_day') }} - 28
            end
        ) as days_from_idul_fitri
    from days
    inner join seasons
        on days.date_day between seasons.starts_on and seasons.ends_on
    group by days.date_day
),

parts as (
    select
        date_day,
        {{ monday_of('date_day') }} as week_start,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as month_of_year,
        cast(extract(day from date_day) as integer) as day_of_month
    from days
)

select
    parts.date_day,
    parts.week_start,
    {{ date_add_days('parts.week_start', 6) }} as week_end,
    {{ iso_weekday('parts.date_day') }} as day_of_week,
    {{ first_day_of_month('parts.date_day') }} as month_start,
    {{ last_day_of_month('parts.date_day') }} as month_end,
    parts.calendar_year,
    parts.month_of_year,
    parts.day_of_month,
    holidays.name as holiday_name,
    coalesce(holidays.is_public_holiday, false) as is_public_holiday,
    coalesce(holidays.is_cuti_bersama, false) as is_cuti_bersama,
    cast(season_days.days_from_idul_fitri as integer) as days_from_idul_fitri,
    parts.day_of_month >= 25 or parts.day_of_month = 1 as is_payday,
    parts.day_of_month = parts.month_of_year as is_double_date,
    parts.month_of_year = 8 and parts.day_of_month = 17 as is_merdeka_day,
    parts.month_of_year = 10 and parts.day_of_month = 2 as is_hari_batik,
    coalesce(season_days.is_lebaran_season, 0) = 1 as is_lebaran_season,
    coalesce(season_days.is_back_to_school_season, 0) = 1 as is_back_to_school_season,
    coalesce(season_days.is_merdeka_season, 0) = 1 as is_merdeka_season,
    coalesce(season_days.is_harbolnas_season, 0) = 1 as is_harbolnas_season,
    coalesce(season_days.is_christmas_new_year_season, 0) = 1 as is_christmas_new_year_season
from parts
left join season_days
    on parts.date_day = season_days.date_day
left join holidays
    on parts.date_day = holidays.date
