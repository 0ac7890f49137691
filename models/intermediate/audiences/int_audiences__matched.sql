-- One row a request that this run builds and member who meets all its criteria.

with definitions as (
    select * from {{ ref('int_requests__definitions') }}
),

profile_matches as (
    select * from {{ ref('int_audiences__profile_matches') }}
),

transaction_matches as (
    select * from {{ ref('int_audiences__transaction_matches') }}
),

holding_matches as (
    select * from {{ ref('int_audiences__holding_matches') }}
),

held as (
    select
        request_id,
        cust_id,
        count(*) as holding_count
    from holding_matches
    group by request_id, cust_id
),

asked as (
    select
        request_id,
        has_transaction_criteria,
        case when has_voucher_criteria then 1 else 0 end
        + case when has_koin_expiring_criteria then 1 else 0 end
        + case when has_children_criteria then 1 else 0 end
        + case when has_propensity_criteria then 1 else 0 end as holding_count
    from definitions
)

select
    profile_matches.request_id,
    profile_matches.cust_id
from profile_matches
inner join asked
    on profile_matches.request_id = asked.request_id
left join transaction_matches
    on
        profile_matches.request_id = transaction_matches.request_id
        and profile_matches.cust_id = transaction_matches.cust_id
left join held
    on
        profile_matches.request_id = held.request_id
        and profile_matches.cust_id = held.cust_id
where
    (not asked.has_transaction_criteria or transaction_matches.cust_id is not null)
    and coalesce(held.holding_count, 0) = asked.holding_count
