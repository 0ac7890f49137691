-- One row a date, issuer and redeemer: koin redeemed less koin given back, each on its own date.

with attributed as (
    select * from {{ ref('int_koin__attributed') }}
    where entry_type in ('redeem', 'reverse_redeem')
),

business_units as (
    select * from {{ ref('dim_business_units') }}
)

select
    attributed.entry_date,
    attributed.issue_bu_code,
    attributed.redeem_bu_code,
    business_units.is_in_koin_in_out,
    cast(sum(attributed.koin) as bigint) as koin
from attributed
inner join business_units
    on attributed.redeem_bu_code = business_units.bu_code
group by
    attributed.entry_date,
    attributed.issue_bu_code,
    attributed.redeem_bu_code,
    business_units.is_in_koin_in_out
