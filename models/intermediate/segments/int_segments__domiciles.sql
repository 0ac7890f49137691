-- One row a city that campaigns name areas for, with the area that bears its plain name (Serang for
-- Kota Serang and Kabupaten Serang), else the narrowest one (fewest cities, then name).

with campaign_areas as (
    select * from {{ ref('campaign_areas') }}
),

area_sizes as (
    select
        area,
        count(*) as city_count
    from campaign_areas
    group by area
),

ranked as (
    select
        campaign_areas.city,
        campaign_areas.province,
        campaign_areas.area,
        row_number() over (
            partition by campaign_areas.city, campaign_areas.province
            order by
                case
                    when
                        campaign_areas.city in (
                            'Kota ' || campaign_areas.area, 'Kabupaten ' || campaign_areas.area
                        )
                        then 0
                    when campaign_areas.city = campaign_areas.area then 1
                    else 2
                end,
                area_sizes.city_count,
                {{ text_order('campaign_areas.area') }}
        ) as area_rank
    from campaign_areas
    inner join area_sizes
        on campaign_areas.area = area_sizes.area
)

select
    city,
    province,
    area
from ranked
where area_rank = 1
