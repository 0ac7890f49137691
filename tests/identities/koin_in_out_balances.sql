-- A date on which what business units gave to each other is not what they got: the sum of a is that
-- of b, the sum of net is 0.

with report as (
    select * from {{ ref('daily_koin_in_out') }}
)

select
    redemption_date,
    sum(a_issued_here_redeemed_elsewhere) as a_koin,
    sum(b_issued_elsewhere_redeemed_here) as b_koin,
    sum(net_in_out) as net_koin
from report
group by redemption_date
having
    sum(a_issued_here_redeemed_elsewhere) <> sum(b_issued_elsewhere_redeemed_here)
    or sum(net_in_out) <> 0
