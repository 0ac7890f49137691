-- One row a week, issuer and redeemer between which koin flowed: the settlement between business
-- units. Transaction and member counts are not additive.

with attributed as (
    select * from {{ ref('int_koin__attributed') }}
    where entry_type in ('redeem', 'reverse_redeem')
),

receipts as (
    select * from {{ ref('fct_receipts') }}
    where
        is_transaction
        and not is_pre_cohesive
),

weeks as (
    select * from {{ ref('dim_weeks') }}
)

select
    attributed.week_start,
    attributed.issue_bu_code,
    attributed.redeem_bu_code,
    weeks.is_complete_week,
    cast(sum(attributed.koin) as bigint) as koin,
    cast(
        count(
            distinct case
                when attributed.entry_type = 'redeem' then receipts.receive_main_id
            end
        ) as bigint
    ) as transaction_count,
    cast(
        count(distinct case when attributed.entry_type = 'redeem' then attributed.cust_id end)
        as bigint
    ) as member_count
from attributed
inner join weeks
    on attributed.week_start = weeks.week_start
left join receipts
    on attributed.receive_main_id = receipts.receive_main_id
group by
    attributed.week_start,
    attributed.issue_bu_code,
    attributed.redeem_bu_code,
    weeks.is_complete_week
having sum(attributed.koin) <> 0
