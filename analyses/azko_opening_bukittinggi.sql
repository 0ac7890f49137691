-- Asked by AZKO's network planning about Bukittinggi (A718): who bought there in its first 90 days,
-- at which store did they shop before, and what did that cost these stores? Sales of the origin
-- stores are compared with the 90 days before, season and all: not the opening's doing alone.

with impact as (
    select * from {{ ref('site_opening_impact') }}
    where opened_site_code = 'A718'
)

select
    origin_site_code,
    origin_site_name,
    member_count,
    member_share,
    transaction_count,
    net_sales,
    share_of_site_sales,
    member_sales_at_origin_before,
    member_sales_at_origin_since,
    origin_sales_change_pct,
    relocated_from_site_code,
    is_mature
from impact
order by
    case when origin_site_code = 'ALL' then 0 else 1 end asc,
    member_count desc,
    origin_site_code asc
